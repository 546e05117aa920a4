"""A demonstration as `make run` starts it, with its log."""

from collections.abc import Iterator

import pytest

from tests.access.deployment import Deployment, deployed


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("demo")
    with deployed(folder, {"CDS_MODE": "demo", "CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db"}) as running:
        yield running
