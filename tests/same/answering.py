"""Answers each request of a folder with the code of one commit, in each way in which an answer may be asked for.

`python -P answering.py TREE REQUESTS OUT`, with TREE on PYTHONPATH and the Python that has TREE's dependencies.
It runs beside code of any commit, so it imports nothing of ours by a fixed path. MODULES knows the places.
"""

import json
import sys
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

# Where each name stands, in the order in which to look: newest first. A move adds a line here.
MODULES = {
    "answer": ("cds_service.hook.order_sign", "cds_service.order_sign"),
    "load_knowledge": ("cds_service.knowledge.loading", "cds_service.loading"),
    "Client": ("cds_service.config.clients", "cds_service.clients"),
}

LANGUAGES = ("fr", "en")
PUBLIC_URLS = {"without URL": "", "with URL": "https://cds.example"}
# Together they use each field of a client's entry that changes an answer.
CLIENTS: dict[str, dict[str, Any]] = {
    "default client": {},
    "plain client": {"suggestions": "create", "one_action": True, "detail": "plain", "incomplete": "on-change"},
    "specialised service": {"suggestions": "off", "specialised_service": True},
}


def main(tree: Path, requests: Path, out: Path) -> None:
    """Write one JSON object: for each request, the text of the answer for each way of asking."""
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
                client=client(id="same", **CLIENTS[who]),
                public_url=url,
            )
            for language, who, (where, url) in product(LANGUAGES, CLIENTS, PUBLIC_URLS.items())
        }
    out.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


def named(name: str, tree: Path) -> Any:
    """What has the name in TREE. A module from elsewhere would compare a commit with itself."""
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
