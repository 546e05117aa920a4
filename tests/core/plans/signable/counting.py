"""Counts the breaches of a pharmacist's sentences over many signings."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.core.plans.plan_requests import Json
from tests.core.plans.signable.clicks import Signing, Situation, signing_in, signing_of
from tests.core.plans.signable.sentences import SENTENCES
from tests.core.plans.signable.situations import situations

EVERYDAY = Path(__file__).parents[3] / "data" / "orders"


@dataclass
class Count:
    """How many signings and suggestions were looked at; by sentence, the breaches and the signings that have one.

    `examples` has one situation of each breach, `why` how often there is no plan for each reason that cards give.
    """

    signings: int = 0
    clicks: int = 0
    breaches: dict[int, Counter[str]] = field(default_factory=lambda: {number: Counter() for number in SENTENCES})
    in_breach: Counter[int] = field(default_factory=Counter)
    examples: dict[str, object] = field(default_factory=dict)
    why: Counter[str] = field(default_factory=Counter)

    def add(self, signing: Signing, situation: object) -> None:
        self.signings += 1
        self.clicks += len(signing.clicks)
        self.why.update(signing.why)
        for number, found in breaches_of(signing).items():
            self.examples |= {breach: situation for breach in found if breach not in self.examples}
            self.breaches[number].update(found)
            self.in_breach[number] += bool(found)


def breaches_of(signing: Signing) -> Mapping[int, list[str]]:
    return {number: list(sentence(signing)) for number, sentence in SENTENCES.items()}


def count_generated(examples: int) -> Count:
    count = Count()

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(situation=situations)
    def look(situation: Situation) -> None:
        count.add(signing_in(situation), situation)

    look()
    return count


def count_everyday() -> Count:
    count = Count()
    for name, hook, on in everyday():
        count.add(signing_of(hook, on), name)
    return count


def everyday() -> Iterator[tuple[str, Json, date]]:
    """The everyday orders of tests/data/orders, each with the day on which it is signed."""
    for file in sorted(EVERYDAY.glob("*.json")):
        hook = json.loads(file.read_text("utf-8"), parse_float=Decimal)
        yield file.stem, hook, date.fromisoformat(file.stem.rpartition("__")[2])
