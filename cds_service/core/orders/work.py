"""Counts how much work the orders of a request are, so that no request costs much more than its size.

Work is counted and not timed, so that an answer does not depend on the machine. What an order is, is counted on what
was sent, before any of it is read. What comes after the budget is not done, and a card says so.
"""

from collections.abc import Iterator

from cds_service.core.dose.text.plain_words import MOST_CHARACTERS
from cds_service.core.dose.written import is_dosage_rendered, words_of
from cds_service.core.model.dose import NotComputable, Steps
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# In units, about a tenth of a millisecond each; an everyday order is some 20, the longest of our own plans is 600.
MOST_WORK = 1_000

# Of all orders together: the steps of their doses, times the terms that hold at once. Our longest plan has 250.
MOST_CHANGES = 5_000

_ORDER = 1
_DOSAGE = 4
_MOMENT = 2  # of Timing.event: each may be a step of its own
_AMOUNT = 1  # of Dosage.doseAndRate, beyond the first
_SENTENCE = 3
_CHARACTERS = 8  # of words, to a unit


class Work:
    """What is left to be done for the orders of a request; once it is used up, nothing more is done."""

    def __init__(self) -> None:
        self._units = MOST_WORK
        self._steps = 0
        self._terms = 0

    def allows(self, order: Resource) -> bool:
        """Whether an order can still be read; it is then paid for."""
        if self._units >= 0:
            self._units -= work_of(order)
        return self._units >= 0

    def holds(self, dose: Steps | NotComputable) -> bool:
        """Whether the dose of an order can still be added up with those before; one that is not read is one step."""
        steps, terms = (1, 1) if isinstance(dose, NotComputable) else (len(dose), max(len(it.terms) for it in dose))
        self._steps += steps
        self._terms += terms
        return self._steps * self._terms <= MOST_CHANGES


def work_of(order: Resource) -> int:
    """The units of work that an order of baclofen is."""
    dosages = [fhir.as_object(dosage) for name in _DOSAGES for dosage in fhir.as_list(order.get(name))]
    least = _ORDER + _DOSAGE * len(dosages)
    if least > MOST_WORK:  # too much whatever is in them
        return least
    moments = sum(len(fhir.as_list(fhir.as_object(dosage.get("timing")).get("event"))) for dosage in dosages)
    amounts = sum(max(0, len(fhir.as_list(dosage.get("doseAndRate"))) - 1) for dosage in dosages)
    sentences = [*(said for dosage in dosages for _, said in words_of(dosage)), *_beside(order)]
    words = sum(_SENTENCE + min(len(said), MOST_CHARACTERS) // _CHARACTERS for said in sentences)
    return least + _MOMENT * moments + _AMOUNT * amounts + words


_DOSAGES = ("dosageInstruction", "dosage")  # the latter of a MedicationStatement


def _beside(order: Resource) -> Iterator[str]:
    """The notes of an order, and its dosage in words."""
    yield from (fhir.text(note.get("text")) for note in fhir.objects(order.get("note")))
    for item in filter(is_dosage_rendered, fhir.objects(order.get("extension"))):
        yield fhir.text(item.get("valueMarkdown")) or fhir.text(item.get("valueString"))
