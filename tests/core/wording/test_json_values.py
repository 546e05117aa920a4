"""What a program reads of a finding: its facts as JSON values, exact or to six decimals, and its source."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.core.model.dose import Span
from cds_service.core.model.findings import READ, FactValue, Source, ToConfirm
from cds_service.core.wording.json_values import as_json, source_as_json

THIRD, NINETY = Fraction(1, 3), Fraction(90)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (NINETY, 90),
        (Fraction(75, 2), Decimal("37.5")),
        (Fraction(1, 2), Decimal("0.5")),
        (Fraction(80, 3), Decimal("26.666667")),
        (Span(NINETY, NINETY), 90),
        (Span(Fraction(60), NINETY), {"low": 60, "high": 90}),
        (ToConfirm(Span(NINETY, NINETY)), {"to_confirm": 90}),
        (ToConfirm(Span(Fraction(45, 2), NINETY)), {"to_confirm": {"low": Decimal("22.5"), "high": 90}}),
        (date(2024, 2, 29), "2024-02-29"),
        (("goals", "referrals"), ["goals", "referrals"]),
        ("strength-unknown", "strength-unknown"),
    ],
    ids=str,
)
def test_a_fact(fact: FactValue, said: object) -> None:
    written = as_json(fact)

    assert (written, type(written)) == (said, type(said))
    assert str(written) == str(said)  # a decimal has no zeros at its end


def test_a_source() -> None:
    source = Source("Title", "https://ansm.sante.fr/x", date(2021, 3, 4), where="page 2", link=READ)

    assert source_as_json(source) == {
        "title": "Title",
        "url": "https://ansm.sante.fr/x",
        "published": "2021-03-04",
        "where": "page 2",
        "link": READ,
    }
