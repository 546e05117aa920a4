"""The frame around a page of text: title, links to the other pages, style. Markdown becomes HTML here."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from cds_service.base.names import LANGUAGES
from cds_service.core.wording.texts import Texts
from cds_service.pages.html_page import template
from cds_service.pages.sentences import Sentences

_RENDER = template("frame.html", Path(__file__).parent)

# Raw HTML is escaped and unsafe link schemes are refused.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TABLES = {
    "<table>": '<div class="wide" role="group" tabindex="0"><table>',
    "</table>": "</table></div>",
    "<th></th>": "<td></td>",  # Markdown has no table without a head
}
_LINK = re.compile(r"(?<!!)\[([^\]]{0,300})\]\(([^)\s]{0,300})\)")


def framed(title: str, content: str, texts: Texts, language: str, *, root: str, **more: Any) -> str:
    """The page. `content` is HTML; `root` is the relative way from the page to the first page, such as `../`."""
    values = {
        "title": title,
        "content": content,
        "language": language,
        "root": root,
        "plot": None,
        "rest": "",
        "other": next(other for other in LANGUAGES if other != language),
    }
    return _RENDER(**values | {"say": Sentences(texts, language)} | more)


def as_html(markdown: str, leads: Callable[[str], bool] = lambda _url: True) -> str:
    """HTML of Markdown. A link that leads nowhere here is only its text."""
    kept = _LINK.sub(lambda link: link[0] if leads(link[2]) else link[1], markdown)
    rendered: str = _MARKDOWN.render(kept)
    for written, shown in _TABLES.items():
        rendered = rendered.replace(written, shown)
    return rendered
