"""Typesets Markdown lines for one language (no-break spaces before units); headings stay as they are."""

from collections.abc import Iterable

from cds_service.core.wording import words


def as_page(lines: Iterable[str], language: str) -> str:
    typeset = [line if line.startswith("#") else words.typeset(line, language) for line in lines]
    return "\n".join(typeset).rstrip() + "\n"
