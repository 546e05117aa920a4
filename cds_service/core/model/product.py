"""A baclofen product, and the text under which it may be used."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction


class Route(Enum):
    """How a product enters the body. Only oral baclofen is judged; enteral tubes count as oral."""

    ORAL = "oral"
    PARENTERAL = "parenteral"
    TOPICAL = "topical"


class Framework(Enum):
    """The text that allows a use: none, a temporary recommendation (RTU), an authorisation (AMM)."""

    NONE = "none"
    RTU = "rtu"
    AMM = "amm"


@dataclass(frozen=True, slots=True)
class Product:
    """One line of the code system baclofen-products."""

    code: str
    name: str
    route: Route
    brand: str
    unit: str | None = None
    strength_mg: Fraction | None = None
    strength_mg_per_ml: Fraction | None = None
    divisible: bool | None = None
    on_sale_since: date | None = None
    codings: tuple[tuple[str, str], ...] = ()
