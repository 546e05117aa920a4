"""Lines of Markdown as a page of one language: numbers bound to their units, headings left as they can be typed."""

from collections.abc import Iterable

from cds_service.core import words


def as_page(lines: Iterable[str], language: str) -> str:
    typeset = [line if line.startswith("#") else words.typeset(line, language) for line in lines]
    return "\n".join(typeset).rstrip() + "\n"
