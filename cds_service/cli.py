"""The command line. `evaluate` prints what `serve` would answer, byte for byte."""

import os
import sys
from datetime import date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click

from cds_service.errors import CdsError, KnowledgeError
from cds_service.loading import load_knowledge
from cds_service.order_sign import answer
from cds_service.server import serve as run_server
from cds_service.settings import read_settings
from cds_service.web import LANGUAGES, create_app

PARIS = ZoneInfo("Europe/Paris")


def today() -> date:
    return datetime.now(PARIS).date()


def _as_date(_context: click.Context, _option: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


on_option = click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_as_date,
    help="Judge by the rules in force on this day, not by those of today.",
)


@click.group()
def commands() -> None:
    """Baclofen in alcohol dependence: a CDS Hooks service. A demonstration, not a medical device."""


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, envvar="PORT", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@on_option
def serve(host: str, port: int, workers: int, on: date | None) -> None:
    """Run the service."""
    read_settings(os.environ)
    knowledge = load_knowledge()
    run_server(lambda: create_app(knowledge, today, on), host, port, workers)


@commands.command()
@click.argument("request_file", metavar="REQUEST.json", type=click.File("rb"))
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True)
@on_option
def evaluate(request_file: BinaryIO, language: str, on: date | None) -> None:
    """Print the answer to one call of the hook. A single hyphen reads it from the standard input."""
    knowledge = load_knowledge()
    body = answer(request_file.read(), knowledge, on=on or today(), language=language)
    sys.stdout.buffer.write(body)


@commands.command()
def check() -> None:
    """Read all rules, cards and code lists, and name every fault in them."""
    try:
        knowledge = load_knowledge()
    except KnowledgeError as error:
        _print_faults(error)
        sys.exit(1)
    rules, texts = knowledge.rules.rules, knowledge.texts.cards
    changes = sum(len(rule.changes) for rule in rules)
    print(f"{len(rules)} rules, {changes} changes of them, {len(texts)} texts of cards: no fault")


def main() -> None:
    try:
        commands(prog_name="cds-service")
    except CdsError as error:
        _print_faults(error)
        sys.exit(2)


def _print_faults(error: CdsError) -> None:
    for fault in error.faults:
        print(fault, file=sys.stderr)
