"""The first page without a rate limit."""

import pytest
from flask.testing import FlaskClient

from cds_service.config.settings import Settings
from cds_service.web import create_app
from tests.pages.demo.first_page import KNOWLEDGE, TODAY


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(anonymous_per_minute=0)).test_client()
