"""The real rules and cards."""

import pytest

from cds_service.knowledge.loading import Knowledge
from tests.known import known


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return known()
