"""Each link in the documents has a target, and each page can be reached."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.docs.pages import KNOWLEDGE, PAGES, ROOT, every_page, links, text_of

# Besides the hosts of the rules' sources: the standards, the sandbox and its code, the SAM of the HAS.
HOSTS = {"cds-hooks.hl7.org", "hl7.org", "sandbox.cds-hooks.org", "github.com", "has-sante.fr"}
HOSTS |= {"keepachangelog.com", "pre-commit.com"}  # linked from CONTRIBUTING.md and CHANGELOG.md


def slug(heading: str) -> str:
    """The anchor of a heading: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    without_blocks = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", without_blocks, re.MULTILINE)}


@every_page
def test_every_relative_link_and_its_anchor_are_there(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if not urlsplit(link).scheme:
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert target.is_relative_to(ROOT), link
            assert not anchor or anchor in anchors(target), link


@every_page
def test_every_outer_link_is_https_and_leads_to_a_source_or_a_standard(page: Path) -> None:
    sources = {urlsplit(change.source.url).hostname for rule in KNOWLEDGE.rules.rules for change in rule.changes}

    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert (parts.scheme, parts.username, parts.port) == ("https", None, None), link
            assert parts.hostname in sources | HOSTS, link


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        named = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
        ahead += [path for path in named if path.suffix == ".md" and path.is_file() and path not in seen]

    assert not [page.relative_to(ROOT).as_posix() for page in PAGES if page not in seen]
