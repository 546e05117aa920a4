"""The command `cds-service replay`: what the service would have said at each signing in an export."""

import importlib.util
import os
from datetime import date, datetime
from pathlib import Path

import click

from cds_service.base.errors import Fault, SettingsError
from cds_service.base.names import LANGUAGES
from cds_service.config.clock import today
from cds_service.config.settings import read_products_file
from cds_service.knowledge.loading import load_knowledge
from cds_service.replay.run import replay as run
from cds_service.replay.run_folder import Options

_NEEDED = ("duckdb", "pyarrow")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("export", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one a core")
@click.option("--resume", is_flag=True, help="Go on with a run that did not end.")
@click.option("--from", "since", type=_DAY, help="The first day whose signings are judged.")
@click.option("--to", "until", type=_DAY, help="The last day.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True)
@click.option("--keep-ids", is_flag=True, help="Write identifiers as they are, not as keyed hashes.")
@click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The key of the hashes."
)
def replay(
    export: Path,
    out: Path,
    workers: int,
    resume: bool,
    since: datetime | None,
    until: datetime | None,
    language: str,
    keep_ids: bool,
    key_file: Path | None,
) -> None:
    """Judge every baclofen signing in EXPORT by the rules of its day, and write what was found into OUT."""
    if not all(importlib.util.find_spec(name) for name in _NEEDED):
        raise SettingsError(Fault("replay", "needs DuckDB and pyarrow", "pip install 'baclofen-cds[replay]'"))
    first, last = since.date() if since else date.min, until.date() if until else date.max
    products = read_products_file(os.environ)
    options = Options(export, out, workers, first, last, today(), language, resume, keep_ids, key_file, products)
    run(options, load_knowledge(products_file=products))
