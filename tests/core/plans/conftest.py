"""The real rules and cards."""

import pytest

from cds_service.loading import Knowledge, load_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()
