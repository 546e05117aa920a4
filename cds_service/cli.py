"""The command line. `evaluate` prints the same bytes as `serve` would answer, given the same settings and client.

The whole service takes two seconds to import: a command imports what it needs, when it is run.
"""

import gc
import os
import sys
from dataclasses import replace
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

import click

from cds_service.base.errors import CdsError, Fault, KnowledgeError
from cds_service.base.names import LANGUAGES
from cds_service.config.clock import today

if TYPE_CHECKING:
    from cds_service.config.clients import Client
    from cds_service.knowledge.loading import Knowledge

_ELSEWHERE = {
    "audit": "cds_service.store_commands",
    "insights": "cds_service.pages.insights.command",
    "migrate": "cds_service.store_commands",
    "profiles": "cds_service.definitions.command",
    "purge": "cds_service.store_commands",
    "replay": "cds_service.replay.command",
}
"""Commands that stand elsewhere, under their own name."""


class _Commands(click.Group):
    """The commands of this file, and those elsewhere: imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(_ELSEWHERE[cmd_name]), cmd_name)
        return command


def _as_date(_context: click.Context, _option: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


on_option = click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_as_date,
    help="The day whose rules are asked, in place of today.",
)

language_option = click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True)


@click.group(cls=_Commands)
def commands() -> None:
    """Baclofen in alcohol dependence: a CDS Hooks service. A demonstration, not a medical device."""


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, envvar="PORT", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@on_option
def serve(host: str, port: int, workers: int, on: date | None) -> None:
    """Run the service."""
    gc.disable()  # what a start loads stays: the server looks through it once, and enables this again
    from cds_service import server, wsgi

    server.serve(wsgi.app(on), host, port, workers)


@commands.command()
@click.argument("request_file", metavar="REQUEST.json", type=click.File("rb"))
@click.option("--explain", "explained", is_flag=True, help="Print the reasoning in words instead of the answer.")
@click.option("--client", "client_id", metavar="ID", default="", help="Answer as to this client of CDS_CLIENTS.")
@language_option
@on_option
def evaluate(request_file: BinaryIO, explained: bool, client_id: str, language: str, on: date | None) -> None:
    """Print the answer to one call of the hook. A single hyphen reads it from the standard input.

    No FHIR server is read: what the service would have read there must be in the request. The language is that of
    --language, whatever the entry of the client says.
    """
    from cds_service.config.settings import read_public_url
    from cds_service.hook.order_sign import answer
    from cds_service.reports.explain import explain

    knowledge = _knowledge_of_site()
    body, day = request_file.read(), on or today()
    url, named = read_public_url(os.environ), on is not None
    client = _client(client_id)
    answered = answer(body, knowledge, on=day, language=language, client=client, public_url=url, names_day=named)
    shown = explain(answered.decision, answered.cards, knowledge, language).encode() if explained else answered.body
    sys.stdout.buffer.write(shown)


@commands.command()
@click.argument("identity", metavar="[ID]", default="")
@language_option
@on_option
def rules(identity: str, language: str, on: date | None) -> None:
    """Print the rules with their documents: those of one day, or without a day the whole timeline; or all of one."""
    from cds_service.knowledge.loading import load_knowledge
    from cds_service.reports.rule_page import rule_page
    from cds_service.reports.timeline import rules_of_day, whole_timeline

    knowledge = load_knowledge()
    if identity:
        rule = next((rule for rule in knowledge.rules.rules if rule.id == identity), None)
        if rule is None:
            raise CdsError(Fault("ID", "names no rule", "`cds-service rules` lists them"))
        _print_page(rule_page(knowledge, rule, on or today(), language))
        return
    _print_page(rules_of_day(knowledge, on, language) if on else whole_timeline(knowledge, language))


@commands.command()
@language_option
@on_option
def sheet(language: str, on: date | None) -> None:
    """Print the rules of a day in the layout of a SAM sheet of the HAS, as Markdown."""
    from cds_service.knowledge.loading import load_knowledge
    from cds_service.reports.sheets.sam import sam_sheet

    _print_page(sam_sheet(load_knowledge(), on or today(), language, today()))


@commands.command("effects")
@language_option
def effects_of_changes(language: str) -> None:
    """Print what each change of a rule does: which orders, which days, what is read. As Markdown."""
    from cds_service.knowledge.loading import load_knowledge
    from cds_service.reports.sheets.effects import effects

    _print_page(effects(load_knowledge(), language))


@commands.command()
@click.option("--from", "from_mg", metavar="MG", required=True, help="What is taken now, in mg a day; 0 for a start.")
@click.option("--to", "to_mg", metavar="MG", required=True, help="The target, in mg a day; 0 for a stop.")
@click.option("--on", metavar="DATE", default="", help="The first day; today where none is given.")
@click.option("--product", metavar="CODE", default="", help="A product of the day, such as baclocur-40.")
@click.option("--step", metavar="MG", default="", help="The step of a taper that the text of the day gives.")
@click.option("--intakes", metavar="MG-MG", default="", help="The intakes of today, such as 40-40-40.")
@click.option("--careful", metavar="no", default="", help="no, if it is known that there are no seizures.")
@click.option("--format", "output", type=click.Choice(["text", "json", "ics"]), default="text", show_default=True)
@language_option
def taper(output: str, language: str, **options: str) -> None:
    """Print a plan: down to a dose, up from nothing, or to another dose."""
    from cds_service.knowledge.loading import load_knowledge
    from cds_service.pages.plan.outputs import output_of

    given = {name.removesuffix("_mg"): [value] for name, value in options.items()}
    sys.stdout.buffer.write(output_of(given, load_knowledge(), today(), output, language))


@commands.command("products")
@on_option
def known_products(on: date | None) -> None:
    """Print the products that orders may name, and the codes of the site (CDS_PRODUCTS)."""
    from cds_service.reports.products import products_page

    _print_page(products_page(_knowledge_of_site(), on or today()))


@commands.command()
def check() -> None:
    """Read all rules, cards and code lists, and name every fault in them."""
    try:
        knowledge = _knowledge_of_site()
    except KnowledgeError as error:
        _print_faults(error)
        sys.exit(1)
    known, texts = knowledge.rules.rules, knowledge.texts.cards
    changes = sum(len(rule.changes) for rule in known)
    print(f"{len(known)} rules, {changes} changes of them, {len(texts)} texts of cards: no fault")
    for rule in knowledge.rules.overdue(today()):  # a note, not a fault: the rule may still be right
        print(f"rules/{rule.id}.toml: last reviewed on {rule.reviewed}. Read it against its source again.")


def _client(identity: str) -> "Client":
    """The client of CDS_CLIENTS with this id, who reads no FHIR server; the anonymous one without an id."""
    from cds_service.config.clients import ANONYMOUS
    from cds_service.config.settings import read_settings

    if not identity:
        return ANONYMOUS
    clients = read_settings(os.environ).clients
    found = next((client for client in clients if client.id == identity), None)
    if found is None:
        raise CdsError(Fault("--client", "names no client", "Give the id of an entry of CDS_CLIENTS"))
    return replace(found, read_fhir=False)


def _knowledge_of_site() -> "Knowledge":
    from cds_service.config.settings import read_products_file
    from cds_service.knowledge.loading import load_knowledge

    return load_knowledge(products_file=read_products_file(os.environ))


def main() -> None:
    try:
        commands(prog_name="cds-service")
    except CdsError as error:
        _print_faults(error)
        sys.exit(2)


def _print_page(text: str) -> None:
    """Prints in UTF-8, whatever the encoding of the terminal."""
    sys.stdout.buffer.write(text.encode())


def _print_faults(error: CdsError) -> None:
    for fault in error.faults:
        print(fault, file=sys.stderr)
