"""The form of the first page, into which anybody may paste a request: off in production, bounded where it is on."""

import pytest

from cds_service.base.errors import SettingsError
from cds_service.config.settings import DEMO, read_settings
from tests.access.conftest import World
from tests.running.client import Service, assert_refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_row_93_in_production_nobody_can_have_a_pasted_request_judged(world: World) -> None:
    page = world.deployment.service.get("/")

    assert_refused(world.deployment.service.call("POST", "/", b"request={}", FORM), 405)
    assert page.status == 200
    assert b'method="post"' not in page.body


def test_in_demo_the_form_is_there(service: Service) -> None:
    assert b'method="post"' in service.get("/").body
    assert service.call("POST", "/", b"request={}", FORM).status == 200


@pytest.mark.parametrize(("written", "is_on"), [({}, True), ({"CDS_PAGE_FORM": "no"}, False)])
def test_the_setting_decides(written: dict[str, str], is_on: bool) -> None:
    assert read_settings({"CDS_MODE": "demo", **written}).by_hand == is_on
    assert DEMO.by_hand


def test_the_setting_is_yes_or_no() -> None:
    with pytest.raises(SettingsError, match="CDS_PAGE_FORM"):
        read_settings({"CDS_PAGE_FORM": "maybe"})


def test_row_92_accents_without_end_in_the_form_hold_up_nobody(service: Service) -> None:
    """They are read as the text that they are; to normalise it whole took minutes, in which no thread ran."""
    body = "request=" + "%CC%A3%CC%81" * 40_000

    assert service.call("POST", "/", body.encode(), FORM).status == 200
    assert service.get("/healthz").status == 200
