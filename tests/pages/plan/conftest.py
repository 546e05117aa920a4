"""A service with a public address."""

import pytest
from flask.testing import FlaskClient

from cds_service.config.settings import Settings
from cds_service.web import create_app
from tests.pages.plan.plan_page import KNOWLEDGE, PUBLIC_URL, TODAY


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(public_url=PUBLIC_URL)).test_client()
