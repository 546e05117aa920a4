"""An order: a MedicationRequest of baclofen as we read it, and how surely it is ours to judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum, auto

from cds_service.core.model.dose import NotComputable, Question, Steps
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.product import Framework


class Indication(Enum):
    """What an order is for, as far as the record tells.

    ANOTHER: its own reason is neither alcohol dependence nor spasticity, and the problem list has the dependence.
    UNCLEAR: its own reason may be such a disease; only reasons are. OUTSIDE: a product for alcohol dependence alone,
    for another disease or where the dependence is refuted.
    """

    ALCOHOL = auto()
    ANOTHER = auto()
    UNCLEAR = auto()
    OUTSIDE = auto()
    OTHER = auto()
    BOTH = auto()
    NEITHER = auto()
    UNKNOWN = auto()


class Scope(IntEnum):
    """How likely an order is for alcohol dependence. UNLIKELY: only a dose that no text supports is worth a card."""

    OUT = 0
    UNLIKELY = 1
    POSSIBLE = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Order:
    """A baclofen order of the drafts or of the record. `reference` is Type/id, or its place in the Bundle.

    `place` counts the drafts from 1; 0 is an order of the record. `authorised`: its product was authorised for
    alcohol dependence on the day; `framework` is then that of the product, else that of the day. `reason` is the
    indication that its own reasons give, whatever its product; `own` also that of its product. `prior` and `based_on`
    are the references of the orders that it names as those that it replaces. `stops`: it ends a treatment and orders
    no dose. `abstinence`: its own reason is to stay abstinent. Drafts of one `group` (groupIdentifier) are parts of
    one plan. `older`: it came as FHIR DSTU2 and was read as R4. `questions` are to be asked about its dose, which is
    judged. `resource` is the MedicationRequest, for suggestions; nothing else is read from it again.

    How it stands in time: the first day of its dose (`began`), the day on which it was `written` (both `date.min`
    if the record gives no day), the first day after it (`ends`, None if it is open); `requester` is a reference,
    `moments` the times of day of its intakes; both are empty if they are not known.
    """

    reference: str
    place: int
    medicine: Medicine
    indication: Indication
    framework: Framework
    authorised: bool
    dose: Steps | NotComputable
    begins: date
    reason: Indication = Indication.UNKNOWN
    prior: frozenset[str] = frozenset()
    based_on: frozenset[str] = frozenset()
    stops: bool = False
    abstinence: bool = False
    group: str | None = None
    questions: tuple[Question, ...] = ()
    resource: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    status: str = ""
    began: date = date.min
    written: date = date.min
    ends: date | None = None
    requester: str = ""
    moments: frozenset[str] = frozenset()
    own: Indication = Indication.UNKNOWN
    older: bool = False

    @property
    def as_needed(self) -> bool:
        """Whether all of its dose is taken as needed only."""
        terms = [] if isinstance(self.dose, NotComputable) else [term for step in self.dose for term in step.terms]
        return bool(terms) and all(term.as_needed for term in terms)

    @property
    def replaces(self) -> frozenset[str]:
        """The references of the orders that it replaces, and its own."""
        return self.prior | self.based_on | {self.reference}

    @property
    def scope(self) -> Scope:
        if self.indication in (Indication.ALCOHOL, Indication.OUTSIDE):
            return Scope.CERTAIN
        if self.indication is Indication.OTHER:
            return Scope.OUT
        if self.indication is Indication.NEITHER and self.medicine.product and not self.authorised:
            return Scope.UNLIKELY
        return Scope.POSSIBLE
