"""The command `cds-service profiles`: writes the generated definitions, or the FHIR package of all of them."""

from pathlib import Path

import click

from cds_service.definitions.archive import write_archive
from cds_service.definitions.catalogue import GENERATED, write
from cds_service.definitions.lists import folder
from cds_service.knowledge.loading import load_knowledge


@click.command()
@click.option(
    "--package", type=click.Path(dir_okay=False, path_type=Path), help="Write the FHIR package (tar.gz) here."
)
def profiles(package: Path | None) -> None:
    """Write fhir_profiles/generated from rules, cards and code lists; with --package the FHIR package instead."""
    knowledge = load_knowledge()
    if package is not None:
        write_archive(knowledge, package)
        click.echo(package)
        return
    changed = write(knowledge, folder())
    for path in changed:
        click.echo(path)
    click.echo(f"{len(changed)} of the files below {folder().name}/{GENERATED} changed")
