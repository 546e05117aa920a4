"""The command `cds-service insights`: prints the figures of `/insights`, with the settings of the service."""

import os
import sys
from datetime import date

import click

from cds_service.base.errors import Fault, SettingsError
from cds_service.base.names import LANGUAGES
from cds_service.config.clock import today
from cds_service.config.settings import Settings, read_settings
from cds_service.knowledge.loading import load_knowledge
from cds_service.pages.insights.as_csv import csv_of
from cds_service.pages.insights.query import counted, figures_of, first_monday
from cds_service.pages.insights.terminal import text_of
from cds_service.store import migrator
from cds_service.store.database import StoreDown, open_engine
from cds_service.store.opening import cannot_be_used, check_tables, database_exists
from cds_service.store.statistics import WeekOfFinding

NO_RECORD = Fault(
    "CDS_DATABASE_URL",
    "names no database that is there",
    "Set it as the service has it, or run this where `cds-service serve` runs",
)
NOT_A_DAY = Fault("--since", "is not a past day", "Write it as YYYY-MM-DD, from 2012-04-24 on")


@click.command()
@click.option("--since", metavar="DATE", default="", help="From the week of this day on; the last 26 weeks else.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for a spreadsheet, one row a week and rule.")
@click.option("--shadow", is_flag=True, help="Count what would have been said in shadow mode, where no card is sent.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True)
def insights(since: str, as_csv: bool, shadow: bool, language: str) -> None:
    """Print which rules speak, how often, and how prescribers answer."""
    first, now = first_monday(since, today()), today()
    if first is None:
        raise SettingsError(NOT_A_DAY)
    rows, texts = _counted(read_settings(os.environ), first, now, shadow), load_knowledge().texts
    shown = csv_of(rows, texts) if as_csv else text_of(figures_of(rows, first, now), texts, language)
    sys.stdout.buffer.write(shown.encode())


def _counted(settings: Settings, since: date, now: date, shadow: bool) -> list[WeekOfFinding]:
    """The counts. In demo mode the database is migrated first, as `serve` does."""
    if not settings.database_url or not database_exists(settings.database_url):
        raise SettingsError(NO_RECORD)
    try:
        if settings.is_demo:
            migrator.migrate(settings.database_url)
        else:
            check_tables(settings.database_url)
        engine = open_engine(settings.database_url)
        rows = counted(engine, since, now, shadow=shadow)
        engine.dispose()
    except StoreDown as down:
        raise SettingsError(cannot_be_used(down)) from None
    return rows
