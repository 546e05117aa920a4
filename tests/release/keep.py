"""Keeps what a release leaves with those who run it: `python -m tests.release.keep`, once, on its commit.

Writes tests/data/release-VERSION: a database that has lived, what waits on the disk, settings, addresses that were
given out, feedback that may still come, the contract. Later releases are held to it; it is never written again.
"""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, insert

from cds_service.base.version import __version__
from cds_service.config.settings import read_settings
from cds_service.hook import contract
from cds_service.hook.feedback import read_feedback
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.pages.insights.as_csv import csv_of
from cds_service.pages.insights.query import counted
from cds_service.store import audit, migrator
from cds_service.store.database import open_engine, reading, writing
from cds_service.store.insert import write
from cds_service.store.kept import FeedbackItem, Record, SentAnswer, of_answer, of_feedback
from cds_service.store.spool import Spool
from cds_service.store.tables import KEY_SETS, USED_TOKENS
from cds_service.web import create_app
from tests.databases import installed_postgresql, postgresql
from tests.release.given_out import CLIENT, environment, write_settings
from tests.release.given_out import feedback_that_may_come as bodies
from tests.vignette_cases import Vignette, read_vignettes

FOLDER = Path(__file__).parents[1] / "data" / f"release-{__version__}"
SINCE, TODAY = date(2026, 11, 2), date(2026, 11, 22)
BEGAN = datetime(2026, 11, 3, 8, 15, 30, tzinfo=UTC)
KEPT, WAITING = 14, 3
"""Answers in the database, and on the disk behind it."""

Cards = list[dict[str, Any]]


def main() -> None:
    FOLDER.mkdir()  # it must not be there: what was promised is not written again
    (FOLDER / "openapi.yaml").write_text(contract.text(), "utf-8")
    write_settings(FOLDER)
    knowledge = load_knowledge()
    shown = list(answers(knowledge))
    records, waiting = _remembered(shown)
    feedback = bodies(knowledge, [card for answered in shown[:KEPT] for card in answered.cards])
    come_later = [*waiting, *_read(feedback, knowledge)]
    _write_json("feedback.json", feedback)
    _write_json("links.json", list(links(knowledge)))
    _keep_sqlite(records)
    _keep_postgresql(records)
    spool = Spool(FOLDER / "spool")
    spool.append(waiting)
    spool.close()
    (FOLDER / "insights.csv").write_text(_figures_with(come_later, knowledge), "utf-8")


# --- what was shown, and what was done with it -----------------------------------------------


def answers(knowledge: Knowledge) -> Iterator[SentAnswer]:
    """Real answers to vignettes that get a card, from all chapters."""
    vignettes = [vignette for vignette in read_vignettes() if _cards(vignette, knowledge)]
    for vignette in vignettes[:: len(vignettes) // (KEPT + WAITING)][: KEPT + WAITING]:
        body = vignette.body().replace(b"11111111-2222-3333-4444-555555555555", f"call-{vignette.id}".encode())
        made = answer(body, knowledge, on=vignette.on, language="fr", public_url="https://cds.example")
        yield SentAnswer(CLIENT, "fr", body, made.hook_instance, made.decision, made.cards)


def _cards(vignette: Vignette, knowledge: Knowledge) -> Cards:
    made = answer(vignette.body(), knowledge, on=vignette.on, language="fr", public_url="https://cds.example")
    return made.cards


def _remembered(shown: Sequence[SentAnswer]) -> tuple[list[Record], list[Record]]:
    """In the database, and on the disk: one answer a day, every other one with feedback on its first card."""
    days: list[list[Record]] = []
    for number, one in enumerate(shown):
        at = BEGAN + timedelta(days=number)
        days.append([of_answer(one, at, _key())])
        if number % 2 == 0:
            outcome, reason = ENDINGS[number // 2 % len(ENDINGS)]
            chosen = [one.cards[0]["uuid"]] if outcome == "accepted" else []
            told = FeedbackItem(one.cards[0]["uuid"], outcome, at + timedelta(minutes=2), chosen, reason)
            days[-1].append(of_feedback(told, CLIENT, at + timedelta(minutes=3), _key()))
    return list(chain.from_iterable(days[:KEPT])), list(chain.from_iterable(days[KEPT:]))


ENDINGS = (("accepted", None), ("overridden", "risk-benefit-ratio"), ("overridden", "unlisted"), ("overridden", None))


def _read(feedback: Sequence[dict[str, Any]], knowledge: Knowledge) -> list[Record]:
    """The bodies as this release keeps them; each is given what of it was kept."""
    reasons = knowledge.texts.rules_by_reason()
    records = []
    for one in feedback:
        told = read_feedback(json.dumps(one["body"]).encode(), reasons, with_comments=True).told
        kept = [of_feedback(item, CLIENT, BEGAN + timedelta(days=19), _key()) for item in told]
        one["kept"] = sorted({(record["card"], record["outcome"], record["reason"] or "") for record in kept})
        records += kept
    return records


def _key() -> bytes:
    return read_settings(environment(FOLDER)).digest_key.encode()


# --- the databases ---------------------------------------------------------------------------


def _keep_sqlite(records: Sequence[Record]) -> None:
    url = f"sqlite:///{FOLDER}/store.db"
    (FOLDER / "heads.jsonl").write_text("\n".join(_fill(url, records)) + "\n", "utf-8")
    with closing(sqlite3.connect(FOLDER / "store.db")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file, without what lies beside it
        connection.execute("VACUUM")


def _keep_postgresql(records: Sequence[Record]) -> None:
    with postgresql() as server:
        url = server.new_database()
        _fill(url, records)
        dump = [str(installed_postgresql() / "bin" / "pg_dump"), "--inserts", "--no-owner", "--no-privileges"]
        done = subprocess.run([*dump, url.replace("+psycopg", "")], check=True, capture_output=True, encoding="utf-8")
    commands_of_psql = ("\\", "SET ", "SELECT pg_catalog.set_config", "--")
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(commands_of_psql)]
    (FOLDER / "postgresql.sql").write_text("\n".join(lines) + "\n", "utf-8")


def _fill(url: str, records: Sequence[Record]) -> list[str]:
    """The head of the chain after the first half, and at the end, as `audit head` prints it."""
    migrator.migrate(url)
    engine, half = open_engine(url), len(records) // 2
    exported = [_write(engine, part, number) for number, part in enumerate((records[:half], records[half:]))]
    with engine.begin() as connection:
        connection.execute(insert(USED_TOKENS), {"client": CLIENT, "jti": "a-token", "until": 4_102_444_800})
        keys = {"attempted": BEGAN.timestamp(), "fetched": BEGAN.timestamp(), "document": b'{"keys": []}'}
        connection.execute(insert(KEY_SETS), {"client": "hospital-b", **keys})
    engine.dispose()
    return exported


def _write(engine: Engine, records: Sequence[Record], week: int) -> str:
    seconds = BEGAN.timestamp() + week * 7 * 86_400
    with writing(engine) as connection:
        write(connection, records, now=lambda: seconds)
    with reading(engine) as connection:
        end = audit.head(connection)
    return json.dumps({"seq": end.seq, "hash": end.hash, "exported_at": f"2026-11-{10 + week * 7}T00:00:00.000000Z"})


def _figures_with(records: Sequence[Record], knowledge: Knowledge) -> str:
    """What /insights says when all that waits, and the feedback, has come in."""
    with TemporaryDirectory() as folder:
        copied = shutil.copy(FOLDER / "store.db", folder)
        engine = open_engine(f"sqlite:///{copied}")
        with writing(engine) as connection:
            write(connection, records)
        rows = counted(engine, SINCE, TODAY)
        engine.dispose()
    return csv_of(rows, knowledge.texts).replace("\r\n", "\n")


# --- addresses that were given out -----------------------------------------------------------


def links(knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """Twenty plans that cards link to, with what their pages say."""
    found: dict[str, None] = {}
    for vignette in read_vignettes():
        for card in _cards(vignette, knowledge):
            found |= {link["url"]: None for link in card.get("links", ()) if "/taper?" in link["url"]}
    addresses = [url.removeprefix("https://cds.example") for url in found]
    client = create_app(knowledge, lambda: TODAY).test_client()
    for address in [*addresses[::2], *addresses[1::2]][:20]:
        plan = client.get(f"{address}&format=json").get_json()
        yield {"address": address, "plan": what_it_says(plan)}


def what_it_says(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Of a plan as JSON: what stands on a print that a patient follows."""
    levels = [[level["since"], level["mg_per_day"]] for level in plan["levels"]]
    tablets = [[tablet["product"], tablet["number"]] for tablet in plan["tablets"]]
    same = ("kind", "from_mg_per_day", "wanted_mg_per_day", "to_mg_per_day", "begins", "ends", "visits")
    return {name: plan[name] for name in same} | {"levels": levels, "tablets": tablets}


def _write_json(name: str, content: Sequence[object]) -> None:
    """A line for each item: small, and a reader can follow it."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in content)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
