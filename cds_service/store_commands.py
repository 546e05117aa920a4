"""The commands for the store: migrate, audit, purge. They use the settings of the service."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

import click
from sqlalchemy import Engine

from cds_service.base.errors import Fault, SettingsError
from cds_service.config.settings import Settings, read_settings
from cds_service.store import audit as chain
from cds_service.store import migrator, timestamps
from cds_service.store.chain import Head, Verdict
from cds_service.store.database import StoreDown, open_engine, reading, writing
from cds_service.store.opening import cannot_be_used, check_tables, database_exists
from cds_service.store.purging import purge_answers, purge_feedback, purge_other_calls
from cds_service.store.spool import Spool

PATIENCE_S = 600.0
"""For a lock or a statement: nobody waits for an answer here."""

NO_DATABASE = Fault(
    "CDS_DATABASE_URL",
    "names no database that is there",
    "Give the command the settings of the service, and run it in its folder",
)
NO_HEAD = Fault("--head", "has a line that is not the head of a chain", "Give a file that `audit head` has written")


@click.command()
def migrate() -> None:
    """Bring the tables of the database to this release."""
    url = _settings().database_url
    if not url:
        raise SettingsError(NO_DATABASE)
    try:
        migrator.migrate(url)
    except StoreDown as down:
        raise SettingsError(cannot_be_used(down)) from None
    print(f"the tables are at version {migrator.head()}")


@click.group()
def audit() -> None:
    """The chained record of every decision about baclofen."""


@audit.command()
@click.option(
    "--head", "heads", type=click.File("r"), help="Heads that were exported: shows a tail that was cut off."
)
def verify(heads: TextIO | None) -> None:
    """Read the whole chain and name the first record that is not as it was sealed."""
    known = _known_heads(heads) if heads else []
    settings = _settings()
    with _opened(settings) as engine, reading(engine) as connection:
        verdict = chain.verify_chain(connection, known)
    for seq in verdict.set_back:
        print(f"record {seq}: sealed earlier than the record before it: a clock was set back")
    waiting = Spool(settings.spool).waiting()
    if waiting:
        print(f"{waiting} records wait on this machine and are not in the chain yet")
    _tell(verdict)


def _tell(verdict: Verdict) -> None:
    if verdict.broken is None:
        print(f"{verdict.links} records, up to {verdict.head.seq}: the chain holds")
        return
    seq, reason = verdict.broken
    print(f"record {seq}: {reason}", file=sys.stderr)
    sys.exit(1)


@audit.command()
def head() -> None:
    """Print the end of the chain as a line of JSON, to be kept where nobody who runs the database can change it."""
    with _opened(_settings()) as engine, reading(engine) as connection:
        end = chain.head(connection)
    exported = timestamps.written(datetime.now(UTC))
    print(json.dumps({"seq": end.seq, "hash": end.hash, "exported_at": exported}))


@audit.command()
@click.argument("card")
def show(card: str) -> None:
    """Print the decisions that gave the card with this uuid, as they were sealed: one line of JSON each."""
    with _opened(_settings()) as engine, reading(engine) as connection:
        found = chain.decisions_with_card(connection, card)
    if not found:
        print("no decision in the chain gave this card", file=sys.stderr)
        sys.exit(1)
    for content in found:
        print(content)


@click.command()
def purge() -> None:
    """Remove what was kept as long as CDS_RETENTION_DAYS and CDS_AUDIT_RETENTION_DAYS say."""
    settings = _settings()
    before = chain.days_ago(settings.retention_days)
    with _opened(settings) as engine:
        answers, feedback = purge_answers(engine, before), purge_feedback(engine, before)
        calls = purge_other_calls(engine, before)
        with writing(engine) as connection:
            links = chain.purge_chain(connection, chain.days_ago(settings.audit_retention_days))
    print(
        f"removed {answers} answers, {feedback} items of feedback, {links} records of the chain,"
        f" {calls} counts of other calls"
    )


def _settings() -> Settings:
    return read_settings(os.environ)


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    """Opens the database after checking its tables. Raises SettingsError. SQLite would make an empty one."""
    if not (settings.database_url and database_exists(settings.database_url)):
        raise SettingsError(NO_DATABASE)
    check_tables(settings.database_url)
    try:
        engine = open_engine(settings.database_url, wait_s=PATIENCE_S)
        yield engine
        engine.dispose()
    except StoreDown as down:
        raise SettingsError(cannot_be_used(down)) from None


def _known_heads(lines: TextIO) -> list[Head]:
    """Reads exported heads, one JSON object per line. Two hashes for one seq make the verification fail."""
    heads = []
    for line in lines:
        try:
            read = json.loads(line)
            heads.append(Head(int(read["seq"]), str(read["hash"])))
        except (ValueError, KeyError, TypeError):
            raise SettingsError(NO_HEAD) from None
    return heads
