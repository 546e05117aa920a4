"""Which codings of a CodeableConcept are read: those with a system and a code."""

import pytest

from cds_service.core.record import fhir


@pytest.mark.parametrize("system", ["", None, 7])
def test_a_coding_whose_system_says_nothing_is_none(system: object) -> None:
    """An empty system is not sent back in a suggestion: what was read by it would then be read otherwise."""
    known = {"system": "urn:known", "code": "2"}

    assert fhir.codings({"coding": [{"system": system, "code": "1"}, known]}) == [("urn:known", "2")]
