"""Answers each request of a folder with the code of one commit, in each language and for each kind of client.

`python -P answering.py TREE REQUESTS OUT`, with TREE on PYTHONPATH and a Python that has TREE's dependencies.
It runs with the code of any commit, so it imports none of our code by a fixed path. MODULES lists the paths.
"""

import json
import sys
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

# Where each name is defined, newest place first. When code moves, add a line here.
MODULES = {
    "answer": ("cds_service.hook.order_sign", "cds_service.order_sign"),
    "load_knowledge": ("cds_service.knowledge.loading", "cds_service.loading"),
    "Client": ("cds_service.config.clients", "cds_service.clients"),
}

LANGUAGES = ("fr", "en")
PUBLIC_URLS = {"without URL": "", "with URL": "https://cds.example"}
# Together they use each field of a client's entry that affects an answer.
CLIENTS: dict[str, dict[str, Any]] = {
    "default client": {},
    "plain client": {"suggestions": "create", "one_action": True, "detail": "plain", "incomplete": "on-change"},
    "specialised service": {"suggestions": "off", "specialised_service": True, "repeat_disorders": True},
}


def main(tree: Path, requests: Path, out: Path) -> None:
    """Write one JSON object: for each request, the text of the answer for each language, client and public URL."""
    knowledge = named("load_knowledge", tree)()
    client, answer = named("Client", tree), named("answer", tree)
    answers: dict[str, dict[str, str]] = {}
    for file in sorted(requests.iterdir()):
        body, day = file.read_bytes(), date.fromisoformat(file.stem.rpartition("__")[2])
        answers[file.stem] = {
            f"{language}, {who}, {where}": answered(
                answer,
                body,
                knowledge,
                on=day,
                language=language,
                client=client(id="same", **known(CLIENTS[who], client)),
                public_url=url,
            )
            for language, who, (where, url) in product(LANGUAGES, CLIENTS, PUBLIC_URLS.items())
        }
    out.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


def known(fields: dict[str, Any], client: Any) -> dict[str, Any]:
    """Those that a client's entry had at this commit."""
    return {name: value for name, value in fields.items() if name in client.__dataclass_fields__}


def named(name: str, tree: Path) -> Any:
    """The object with this name in TREE. If it came from elsewhere, a commit would be compared with itself."""
    package = import_module("cds_service")
    if not Path(str(package.__file__)).resolve().is_relative_to(tree.resolve()):
        raise SystemExit(f"cds_service is read from {package.__file__}, not from {tree}")
    for place in MODULES[name]:
        if is_there(place):
            return getattr(import_module(place), name)
    raise SystemExit(
        f"{tree} has {name} in none of {', '.join(MODULES[name])}; name its place in tests/same/answering.py"
    )


def is_there(place: str) -> bool:
    return find_spec(place.rpartition(".")[0]) is not None and find_spec(place) is not None


def answered(answer: Any, body: bytes, knowledge: Any, **how: Any) -> str:
    try:
        text: str = answer(body, knowledge, **how).body.decode()
    except Exception as refused:  # noqa: BLE001 - a request that is refused, or that breaks the code, is an answer too
        return f"{type(refused).__name__}: {refused}"
    return text


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
