"""What other systems read of us: FHIR R4 definitions, generated from the rules, the cards and the code lists."""
