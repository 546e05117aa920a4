"""What `make thorough` asks of everything, `make test` asks of some: a test that does so is marked `sampled`."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

T = TypeVar("T")

THOROUGH = settings().max_examples > 1_000


def some(of: Sequence[T], one_in: int) -> Sequence[T]:
    """One in so many, from the first on; all of them in `make thorough`."""
    return of if THOROUGH else of[::one_in]
