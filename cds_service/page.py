"""Plain text in columns of at most 100 characters, for a person to read and to print."""

from collections.abc import Iterator
from textwrap import TextWrapper

WIDTH = 100
LABEL_WIDTH = 14


def title(text: str) -> Iterator[str]:
    """A heading, set apart."""
    yield from ("", text.upper(), "=" * len(text), "")


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Text that goes on under its own beginning. An address is never broken: it has to be followed."""
    yield from _wrap(text, " " * indent, " " * indent)


def field(label: str, text: str, indent: int = 2) -> Iterator[str]:
    """A label, and its text in a column of its own."""
    yield from _wrap(text, " " * indent + label.ljust(LABEL_WIDTH), " " * (indent + LABEL_WIDTH))


def _wrap(text: str, first: str, others: str) -> list[str]:
    wrapper = TextWrapper(
        WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)
