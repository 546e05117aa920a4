"""The real rules and cards."""

import pytest

from cds_service.knowledge.loading import Knowledge, load_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()
