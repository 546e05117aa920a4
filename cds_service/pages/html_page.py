"""What the HTML pages share: headers, templates, language and static files.

No page loads anything from another host.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cds_service.base.errors import Fault
from cds_service.base.names import LANGUAGES

Render = Callable[..., str]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

WRONG_LANGUAGE = Fault("lang", "is not a language of this page", "Write fr or en, or leave it out")


def template(name: str, *folders: Path) -> Render:
    """What renders a template, which may include a shared one. Values are escaped; an undefined one is an error.

    It is compiled when it is first asked for: a start does not wait for pages.
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return lambda **values: environment.get_template(name).render(values)


def is_language(asked: str) -> bool:
    """Whether the `lang` of a query is one of our languages, or was left out."""
    return asked in ("", *LANGUAGES)


def language_of(asked: str) -> str:
    """The language asked for in the query or form if it is one of ours, else the one that the browser prefers."""
    return asked if asked in LANGUAGES else preferred("fr")


def preferred(default: str) -> str:
    """The first of our languages in `Accept-Language`, in any region, else `default`. `*` counts as no preference."""
    asked = [tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0]
    return next((language for language in asked if language in LANGUAGES), default)


def html(page: str, language: str, status: int = 200, headers: Mapping[str, str] = HEADERS) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    return with_headers(in_language(response, language), headers)


def in_language(response: Response, language: str) -> Response:
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def with_headers(response: Response, headers: Mapping[str, str] = HEADERS) -> Response:
    response.headers.update(headers)
    return response


def add_file(app: Flask, path: str, file: Path, content_type: str, headers: Mapping[str, str] = HEADERS) -> None:
    """Serves one file, as it is when the service starts."""
    content = file.read_bytes()

    def serve() -> Response:
        return with_headers(Response(content, content_type=content_type), headers)

    app.add_url_rule(path, path, serve, methods=["GET"])
