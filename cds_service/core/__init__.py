"""The pure part: from FHIR resources and a day to findings and cards. No network, files or clock."""
