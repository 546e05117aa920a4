"""Lays out plain text in lines of at most 100 characters."""

from collections.abc import Iterator
from textwrap import TextWrapper

WIDTH = 100
LABEL_WIDTH = 14


def title(text: str) -> Iterator[str]:
    """A heading in capitals, underlined, between blank lines."""
    yield from ("", text.upper(), "=" * len(text), "")


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Wrapped text with an indent. URLs are never broken, so that they stay usable."""
    yield from _wrap(text, " " * indent, " " * indent)


def field(label: str, text: str, indent: int = 2) -> Iterator[str]:
    """A label, and its text in a second column."""
    yield from _wrap(text, " " * indent + label.ljust(LABEL_WIDTH), " " * (indent + LABEL_WIDTH))


def _wrap(text: str, first: str, others: str) -> list[str]:
    wrapper = TextWrapper(
        WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)
