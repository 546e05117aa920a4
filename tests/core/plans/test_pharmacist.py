"""A click that a pharmacist would sign: the sentences of the design about suggestions, over orders of every kind."""

import json
from decimal import Decimal

from hypothesis import given, note, settings
from hypothesis import strategies as st

from cds_service.config.clients import ANONYMOUS, Client
from cds_service.hook.order_sign import answer
from tests.core.plans.pharmacist import Json, breaches
from tests.core.plans.plan_requests import knowledge
from tests.core.plans.regimens import Signing, signings
from tests.vignette_cases import encode, request

CLIENTS = [
    ANONYMOUS,
    ANONYMOUS,
    Client(id="one", one_action=True),
    Client(id="new", suggestions="create"),
    Client(id="new-one", suggestions="create", one_action=True),
]


def cards_of(signing: Signing, client: Client = ANONYMOUS) -> list[Json]:
    asked = encode(request(signing.said))
    body = answer(asked, knowledge(), on=signing.said["on"], language="fr", client=client).body
    cards: list[Json] = json.loads(body, parse_float=Decimal)["cards"]
    return cards


@settings(max_examples=max(200, settings().max_examples))
@given(signing=signings(), client=st.sampled_from(CLIENTS))
def test_a_pharmacist_would_sign_every_suggestion(signing: Signing, client: Client) -> None:
    found = list(breaches(signing, cards_of(signing, client)))
    note(str(found))

    assert not found
