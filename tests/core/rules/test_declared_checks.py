"""How a check is declared: a name means one question, so that no rule file is answered by another than it asks."""

import pytest

from cds_service.core.rules.checks import CHECKS
from cds_service.core.rules.verdict import check


def test_a_name_is_given_to_one_check_alone() -> None:
    asked = CHECKS["abrupt-stop"].ask

    with pytest.raises(ValueError, match="abrupt-stop"):
        check("abrupt-stop", {})(CHECKS["resumption"].ask)
    assert CHECKS["abrupt-stop"].ask is asked
