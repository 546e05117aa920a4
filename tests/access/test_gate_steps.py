"""The order of the steps of the gate, what each failure is, and whose server may be named: the gate in process."""

from collections.abc import Callable

import pytest

from cds_service.access.authenticate import CannotVerify, RateLimited, TokenGate
from cds_service.access.token_store import StoreDown, TokenStore
from cds_service.access.tokens import Refused
from cds_service.config.clients import Client
from cds_service.config.fhir_servers import FhirServer
from tests.access.deployment import AUDIENCE
from tests.access.forge import Issuer, Signer, compact, ecdsa, key_set
from tests.access.gate import ISSUER, Clock, Fetched, bearer, client, gate, reason

FORGED = b"\1" * 96


def test_nothing_that_a_token_says_is_looked_at_before_its_signature(store: TokenStore) -> None:
    """Else whoever has no key could ask which audiences and tenants we know."""
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))
    issuer = Issuer(ISSUER, signer, "https://other.example")
    forged = compact(issuer.header(), issuer.claims(iat=0, exp=1, jti=""), lambda _: FORGED)

    assert reason(lambda: token_gate.admit(f"Bearer {forged}", AUDIENCE)) == "signature"


@pytest.mark.parametrize("shown", [None, "Basic eDp5", "Bearer garbage"])
def test_who_shows_no_token_of_ours_is_nobody_where_callers_are_to_be_known(
    shown: str | None, store: TokenStore
) -> None:
    token_gate = gate(store, Clock(), Fetched(ecdsa()))

    assert reason(lambda: token_gate.admit(shown, AUDIENCE)) in {"no-token", "not-a-bearer-token"}


def test_nor_is_who_shows_one_of_an_issuer_that_nobody_registered(store: TokenStore) -> None:
    token = Issuer("https://unknown.example", ecdsa(), AUDIENCE).token()
    token_gate = gate(store, Clock(), Fetched(ecdsa()))

    assert reason(lambda: token_gate.admit(f"Bearer {token}", AUDIENCE)) == "unknown-issuer"


def test_a_token_that_proves_nothing_costs_the_client_none_of_its_calls(store: TokenStore) -> None:
    signer, clock, waits = ecdsa(), Clock(), []

    def wait(one: Client) -> float:
        waits.append(one.id)
        return 0.0

    token_gate = TokenGate([client()], store, anonymous=False, fetch=Fetched(signer), wait=wait, now=clock)
    bad = [
        bearer(signer, clock, **changes) for changes in ({"jti": ""}, {"aud": "https://other.example"}, {"exp": 1})
    ]
    for token in (*bad, bearer(ecdsa(), clock)):
        with pytest.raises(Refused):
            token_gate.admit(token, AUDIENCE)

    assert waits == []
    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
    assert waits == ["ehr"]


@pytest.mark.parametrize("seconds", [0.25, 7.5])
def test_who_calls_too_often_is_told_how_long_to_wait(seconds: float, store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    fetched = Fetched(signer)
    token_gate = TokenGate([client()], store, anonymous=False, fetch=fetched, wait=lambda _: seconds, now=clock)

    with pytest.raises(RateLimited) as early:
        token_gate.admit(bearer(signer, clock), AUDIENCE)

    assert (early.value.client.id, early.value.seconds) == ("ehr", seconds)


def test_keys_that_cannot_be_had_prove_nothing_and_refute_nothing(store: TokenStore) -> None:
    signer, clock, fetched = ecdsa(), Clock(), Fetched()
    fetched.down = True

    with pytest.raises(CannotVerify) as unproven:
        gate(store, clock, fetched).admit(bearer(signer, clock), AUDIENCE)

    assert unproven.value.reason == "no-keys"


@pytest.mark.parametrize("broken", ["use", "claim_refresh"])
def test_a_store_that_is_down_proves_nothing_and_refutes_nothing(broken: str, store: TokenStore) -> None:
    """Told as "come again", never as a refusal and never as a yes."""
    signer, clock = ecdsa(), Clock()
    token_gate = gate(Down(store, broken), clock, Fetched(signer))

    with pytest.raises(CannotVerify) as unproven:
        token_gate.admit(bearer(signer, clock), AUDIENCE)

    assert unproven.value.reason == "store-down"


class Down(TokenStore):
    """A store of which one table cannot be written."""

    def __init__(self, store: TokenStore, broken: str) -> None:
        self.__dict__ = store.__dict__
        setattr(self, broken, self._fail)

    def _fail(self, *_: object) -> bool:
        raise StoreDown("down")


def test_the_keys_of_one_client_prove_nothing_for_another(store: TokenStore) -> None:
    first, second, clock = ecdsa(), ecdsa(), Clock()
    clients = [one_of("first", first), one_of("second", second)]
    token_gate = TokenGate(clients, store, anonymous=False, fetch=Fetched(), now=clock)

    def admitted(issuer: str, signer: Signer) -> Callable[[], str]:
        token = Issuer(f"https://{issuer}.example", signer, AUDIENCE).token()
        return lambda: token_gate.admit(f"Bearer {token}", AUDIENCE).id

    assert [admitted("first", first)(), admitted("second", second)()] == ["first", "second"]
    assert reason(admitted("first", second)) == reason(admitted("second", first)) == "signature"


def test_a_token_that_one_client_has_used_up_is_not_that_of_another(store: TokenStore) -> None:
    first, second = ecdsa(), ecdsa()
    clients = [one_of("first", first), one_of("second", second)]
    token_gate = TokenGate(clients, store, anonymous=False, fetch=Fetched(), now=Clock())

    for name, signer in (("first", first), ("second", second)):
        token = Issuer(f"https://{name}.example", signer, AUDIENCE).token(jti="shared")
        assert token_gate.admit(f"Bearer {token}", AUDIENCE).id == name


def one_of(name: str, signer: Signer, *servers: str) -> Client:
    return Client(
        id=name,
        issuer=f"https://{name}.example",
        jwks=key_set(signer),
        fhir_servers=tuple(FhirServer(base) for base in servers),
    )


OURS, THEIRS, SHARED = "https://ours.example/fhir", "https://theirs.example/fhir", "https://shared.example/fhir"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_server_of_another_client_alone_may_not_be_named(slash: str, store: TokenStore) -> None:
    ours, theirs = one_of("ours", ecdsa(), OURS, SHARED), one_of("theirs", ecdsa(), THEIRS, SHARED)
    token_gate = TokenGate([ours, theirs], store, anonymous=False, fetch=Fetched(), now=Clock())

    assert reason(lambda: token_gate.check_server(ours, THEIRS + slash)) == "fhir-server-of-another"
    for base in (OURS, SHARED, "https://nobody.example/fhir"):
        token_gate.check_server(ours, base + slash)
