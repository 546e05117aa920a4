"""Rows 1 to 32: who may call. Against gunicorn with four workers, over sockets, where the row is about HTTP."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.http.client import HOOK_PATH, Answer, assert_refused, receive
from tests.trust.conftest import ALPHA_JKU, BETA, TROUBLES, World
from tests.trust.deployment import AUDIENCE, BODY, PUBLIC_URL
from tests.trust.forge import Issuer, b64, compact, ecdsa, hmac_signer

HEAD = f"POST {HOOK_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()


def assert_401(world: World, answer: Answer, reason: str) -> None:
    """Refused, with nothing in the answer that says why and the reason in the log."""
    assert_refused(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert world.deployment.reason(answer) == reason


@pytest.mark.parametrize("issuer", ["alpha", "alpha_rsa", "beta"])
def test_a_good_token_is_let_in_with_es384_and_rs384_inline_and_fetched(world: World, issuer: str) -> None:
    signer: Issuer = getattr(world, issuer)

    assert world.deployment.sign(signer.token()).status == 200


def test_row_01_no_token_is_401_with_the_challenge(world: World) -> None:
    assert_401(world, world.deployment.sign(None), "no-token")


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, 0, ["ES384"]])
def test_row_02_no_algorithm_is_refused_before_any_key_is_looked_for(world: World, algorithm: Any) -> None:
    before = world.keys.count("unknown-kids")
    forged = world.unknown_kids.token({"alg": algorithm})

    assert_401(world, world.deployment.sign(forged), "algorithm")
    assert world.keys.count("unknown-kids") == before


def test_row_02_a_token_without_a_signature_is_refused(world: World) -> None:
    head, claims, _ = world.alpha.token({"alg": "none"}).split(".")

    assert_401(world, world.deployment.sign(f"{head}.{claims}."), "not-a-bearer-token")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_row_03_hmac_with_the_public_key_is_refused(world: World, algorithm: str, form: str) -> None:
    signer = world.alpha_rsa.signer
    pem = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secret = pem if form == "pem" else json.dumps(signer.jwk).encode()
    header = world.alpha_rsa.header(alg=algorithm)

    forged = compact(header, world.alpha_rsa.claims(), hmac_signer(secret))

    assert_401(world, world.deployment.sign(forged), "algorithm")


def test_row_04_an_algorithm_that_is_not_the_keys_is_refused(world: World) -> None:
    other_type = compact(
        world.alpha.header(alg="RS384"), world.alpha.claims(), world.alpha_rsa.signer.sign
    )  # RS384 with the id of the EC key
    other_curve = compact(
        world.alpha.header(), world.alpha.claims(), ecdsa("256").sign
    )  # ES384 with a signature of P-256

    assert_401(world, world.deployment.sign(other_type), "signature")
    assert_401(world, world.deployment.sign(other_curve), "signature")
    assert_401(world, world.deployment.sign(world.alpha.token({"alg": "ES256"})), "algorithm")


@pytest.mark.parametrize("member", ["jwk", "x5c", "x5u"])
def test_row_05_a_key_in_the_header_is_never_used(world: World, member: str) -> None:
    attacker = ecdsa("384", world.alpha.signer.kid)
    value = {"jwk": attacker.jwk, "x5c": ["MIIB"], "x5u": world.keys.url("x5u")}[member]
    header = world.alpha.header(**{member: value})

    assert_401(world, world.deployment.sign(compact(header, world.alpha.claims(), attacker.sign)), "signature")
    assert world.keys.count("x5u") == 0


@pytest.mark.parametrize(
    "jku",
    [
        "https://attacker.example/jwks.json",
        "https://alpha.example/other.json",
        "https://user@alpha.example/jwks.json",
        "https://alpha.example:443/jwks.json",
        "https://alpha.example:444/jwks.json",
        "https://alpha.example/x/../jwks.json",
        "https://ALPHA.example/jwks.json",
        "https://alpha.example./jwks.json",
        "https://\u0430lpha.example/jwks.json",
        "http://alpha.example/jwks.json",
        "https://alpha.example/jwks.json?x=1",
        "https://alpha.example/jwks.json#x",
        "https://alpha.example/jwks.json ",
        "",
        5,
        [ALPHA_JKU],
    ],
)
def test_row_06_another_jku_is_refused(world: World, jku: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token({"jku": jku})), "jku")


def test_row_06_a_jku_of_the_attacker_is_never_fetched_and_the_own_one_is_accepted(world: World) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token({"jku": world.keys.url("attacker")})), "jku")
    assert world.keys.count("attacker") == 0
    assert world.deployment.sign(world.alpha.token({"jku": ALPHA_JKU})).status == 200


@pytest.mark.parametrize("jku", ["file:///etc/passwd", "ftp://alpha.example/jwks.json", "data:application/json,{}"])
def test_row_07_other_schemes_in_a_jku_are_never_fetched(world: World, jku: str) -> None:
    assert_401(world, world.deployment.sign(world.beta.token({"jku": jku})), "jku")


@pytest.mark.parametrize(
    "header", [{"crit": ["x"], "x": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": False}]
)
def test_row_08_what_must_be_understood_is_refused(world: World, header: dict[str, Any]) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(header)), "crit")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iat": -400, "exp": -61}, "expired"),
        ({"nbf": 90}, "not-yet-valid"),
        ({"iat": 90, "exp": 300}, "not-yet-valid"),
    ],
)
def test_row_09_past_and_future_tokens_are_refused(world: World, changes: dict[str, int], reason: str) -> None:
    moments = {name: int(time.time()) + offset for name, offset in changes.items()}

    assert_401(world, world.deployment.sign(world.alpha.token(**moments)), reason)


def test_row_09_a_minute_of_clock_skew_is_forgiven(world: World) -> None:
    now = int(time.time())

    assert world.deployment.sign(world.alpha.token(iat=now + 50, nbf=now + 50)).status == 200
    assert world.deployment.sign(world.alpha.token(iat=now - 300, exp=now - 50)).status == 200


@pytest.mark.parametrize(
    ("issued", "expires", "reason"),
    [
        (0, 10 * 365 * 86_400, "lifetime"),
        (0, 601, "lifetime"),
        (-365 * 86_400, 300, "lifetime"),
        (0, 0, "lifetime"),
        (10, -10, "lifetime"),
    ],
)
def test_row_10_a_long_life_is_refused(world: World, issued: int, expires: int, reason: str) -> None:
    now = int(time.time())

    answer = world.deployment.sign(world.alpha.token(iat=now + issued, exp=now + expires))

    assert_401(world, answer, reason)


def test_row_10_ten_minutes_are_allowed(world: World) -> None:
    now = int(time.time())

    assert world.deployment.sign(world.alpha.token(iat=now, exp=now + 600)).status == 200


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [None, "2030-01-01", "1790000000", True, [], {}])
def test_row_11_moments_that_are_none_are_refused(world: World, name: str, value: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(**{name: value})), name)


@pytest.mark.parametrize(
    ("written", "reason"),
    [("NaN", "not-json"), ("Infinity", "not-json"), ("1e999", "exp"), ("1" + "0" * 400, "exp"), ("1e30", "lifetime")],
)
def test_row_11_huge_and_unreal_numbers_are_refused(world: World, written: str, reason: str) -> None:
    claims = json.dumps(world.alpha.claims(exp="EXP")).replace('"EXP"', written).encode()

    assert_401(world, world.deployment.sign(compact(world.alpha.header(), claims, world.alpha.signer.sign)), reason)


def test_row_11_a_float_is_a_moment(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(exp=time.time() + 300.5)).status == 200


@pytest.mark.parametrize(
    "audience",
    [
        AUDIENCE + "/",
        AUDIENCE.replace("https", "http"),
        PUBLIC_URL + "/cds-services/other",
        PUBLIC_URL + "/cds-services",
        PUBLIC_URL,
        AUDIENCE[:-1],
        AUDIENCE + "x",
        AUDIENCE.upper(),
        AUDIENCE.replace("cds.example", "CDS.example"),
        AUDIENCE.replace("cds.example", "cds.example:443"),
        f"http://127.0.0.1{HOOK_PATH}",
        AUDIENCE + " ",
        "",
        None,
        5,
        {"url": AUDIENCE},
    ],
)
def test_row_12_only_the_exact_audience_is_ours(world: World, audience: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(aud=audience)), "audience")


def test_row_12_the_host_header_does_not_make_an_audience(world: World) -> None:
    token = world.alpha.token(aud=f"https://evil.example{HOOK_PATH}")

    shown = {"Authorization": f"Bearer {token}", "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = world.deployment.service.call("POST", HOOK_PATH, BODY, {"Content-Type": "application/json", **shown})

    assert_401(world, answer, "audience")


def test_row_12_the_same_call_with_a_slash_at_the_end_has_the_same_audience(world: World) -> None:
    shown = {"Content-Type": "application/json", "Authorization": f"Bearer {world.alpha.token()}"}

    assert world.deployment.service.call("POST", HOOK_PATH + "/", BODY, shown).status == 200


def test_row_13_a_list_may_name_us_and_what_the_entry_adds_but_nobody_else(world: World) -> None:
    sign = world.deployment.sign

    assert sign(world.alpha.token(aud=[AUDIENCE])).status == 200
    assert sign(world.alpha.token(aud="alpha-calls-us-so")).status == 200
    assert sign(world.alpha.token(aud=[AUDIENCE, "alpha-calls-us-so"])).status == 200
    for others in ([AUDIENCE, "https://other.example"], [], [AUDIENCE] * 11, [5], [[AUDIENCE]]):
        assert_401(world, sign(world.alpha.token(aud=others)), "audience")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://unknown.example",
        "https://alpha.example/fhi",
        "https://alpha.example/fhir/",
        "https://alpha.example/fhirX",
        "HTTPS://alpha.example/fhir",
        ["https://alpha.example/fhir"],
        "",
        None,
        5,
    ],
)
def test_row_15_only_the_exact_issuer_is_known(world: World, issuer: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(iss=issuer)), "unknown-issuer")


def test_row_15_a_client_cannot_speak_for_another(world: World) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(iss=BETA)), "unknown-key")


def test_row_16_a_token_is_used_once(world: World) -> None:
    token = world.alpha.token()

    assert world.deployment.sign(token).status == 200
    for _ in range(8):  # whichever worker is asked
        assert_401(world, world.deployment.sign(token), "replay")


def test_row_16_the_same_jti_of_another_client_is_another(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(jti="shared")).status == 200
    assert world.deployment.sign(world.beta.token(jti="shared")).status == 200


def test_row_17_of_forty_at_once_on_four_workers_one_is_accepted(world: World) -> None:
    for _ in range(5):
        token, barrier = world.alpha.token(), Barrier(40)

        def call(token: str = token, barrier: Barrier = barrier) -> int:
            barrier.wait()
            return world.deployment.sign(token).status

        with ThreadPoolExecutor(40) as pool:
            statuses = [future.result() for future in [pool.submit(call) for _ in range(40)]]

        assert sorted(statuses) == [200, *[401] * 39]


def test_row_18_the_other_signature_of_the_same_token_is_a_replay(world: World) -> None:
    order = int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
    )
    claims = world.alpha.claims()

    def twin(message: bytes) -> bytes:
        signature = world.alpha.signer.sign(message)
        return signature[:48] + (order - int.from_bytes(signature[48:], "big")).to_bytes(48, "big")

    assert world.deployment.sign(compact(world.alpha.header(), claims, world.alpha.signer.sign)).status == 200
    assert_401(world, world.deployment.sign(compact(world.alpha.header(), claims, twin)), "replay")


@pytest.mark.parametrize("jti", ["", None, 5, "a" * 129, "a\u0000", "a\nb", "é", ["x"], {}])
def test_row_19_a_jti_that_is_none_is_refused(world: World, jti: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(jti=jti)), "jti")


def test_row_19_128_printable_characters_are_a_jti(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(jti="~ " + "a" * 126)).status == 200


def test_row_20_a_client_that_floods_gets_429_exactly_at_its_limit_over_all_workers(world: World) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: world.deployment.sign(world.few.token()), range(12)))

    refused = [answer for answer in answers if answer.status == 429]
    assert [answer.status for answer in answers].count(200) == 3
    assert len(refused) == 9
    for answer in refused:
        assert_refused(answer, 429)
        assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert world.deployment.service.get("/healthz").status == 200


def test_row_22_a_thousand_unknown_kids_make_at_most_one_fetch_more(world: World) -> None:
    world.deployment.sign(world.unknown_kids.token())
    tokens = [world.unknown_kids.token({"kid": f"unknown-{number}"}) for number in range(1000)]

    with ThreadPoolExecutor(16) as pool:
        statuses = {answer.status for answer in pool.map(world.deployment.sign, tokens)}

    assert statuses == {401}
    assert world.keys.count("unknown-kids") <= 1


@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_row_23_without_any_keys_a_client_is_told_to_come_again(world: World, trouble: str) -> None:
    issuer = Issuer(f"https://{trouble}.trouble", world.troubled, AUDIENCE)
    began = time.monotonic()

    answer = world.deployment.sign(issuer.token())

    assert time.monotonic() - began < 2.5
    assert_refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert world.deployment.reason(answer) == "no-keys"
    assert world.keys.count(f"trouble-{trouble}") == 1
    assert world.keys.count("elsewhere") == 0


@pytest.mark.parametrize("place", ["query", "body", "cookie", "x-header"])
def test_row_26_a_token_elsewhere_is_no_token(world: World, place: str) -> None:
    token, path, headers, body = world.alpha.token(), HOOK_PATH, {"Content-Type": "application/json"}, BODY
    if place == "query":
        path += f"?access_token={token}&Authorization=Bearer%20{token}"
    elif place == "cookie":
        headers["Cookie"] = f"Authorization=Bearer {token}"
    elif place == "x-header":
        headers["X-Authorization"] = headers["Proxy-Authorization"] = f"Bearer {token}"
    else:
        body = json.dumps(json.loads(BODY) | {"access_token": token, "Authorization": f"Bearer {token}"}).encode()

    assert_401(world, world.deployment.service.call("POST", path, body, headers), "no-token")


def test_row_27_a_long_header_is_refused(world: World) -> None:
    head = HEAD + b"Authorization: Bearer " + b"a" * 20_000 + b"\r\n\r\n"

    assert_refused(world.deployment.service.exchange(head), 431)


def test_row_27_a_huge_header_is_not_read_to_its_end(world: World) -> None:
    with world.deployment.service.connect() as connection, suppress(ConnectionError):
        connection.sendall(HEAD + b"Authorization: Bearer " + b"a" * 10_000_000 + b"\r\n\r\n")
        assert receive(connection).status == 431

    assert world.deployment.service.get("/healthz").status == 200


@pytest.mark.parametrize(
    ("lines", "statuses"),
    [
        (b"Authorization: Bearer %b\r\nAuthorization: Bearer %b", {400, 401}),
        (b"Authorization: Bearer Bearer %b", {401}),
        (b"Authorization: Bearer\t%b", {401}),
        (b"Authorization: Bearer  %b", {401}),
        (b"Authorization: Bearer %b extra", {401}),
        (b"Authorization: Bearer %b,", {401}),
        (b"Authorization: %b", {401}),
        (b"Authorization: Basic %b", {401}),
        (b"Authorization: Bearer\r\n %b", {400}),
        (b"Authorization : Bearer %b", {400}),
    ],
)
def test_row_28_ambiguous_headers_are_refused(world: World, lines: bytes, statuses: set[int]) -> None:
    token = world.alpha.token().encode()
    header = lines.replace(b"%b", token)

    answer = world.deployment.service.exchange(HEAD + header + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)

    assert answer.status in statuses
    assert_refused(answer, answer.status)


def test_row_28_the_scheme_has_no_case(world: World) -> None:
    assert world.deployment.service.sign(BODY, Authorization=f"bEARER {world.alpha.token()}").status == 200


@pytest.mark.parametrize("tenant", ["hospital-a", "", None, ["hospital-b"], 5])
def test_row_29_another_tenant_is_refused(world: World, tenant: Any) -> None:
    assert_401(world, world.deployment.sign(world.beta.token(tenant=tenant)), "tenant")


@pytest.mark.parametrize("subject", ["app-a", "", None])
def test_row_29_another_subject_is_refused_where_the_entry_names_one(world: World, subject: Any) -> None:
    assert_401(world, world.deployment.sign(world.beta.token(sub=subject)), "subject")


@pytest.mark.parametrize("base", [BETA, BETA + "/"])
def test_row_29_the_fhir_server_of_another_client_is_refused(world: World, base: str) -> None:
    body = json.dumps(json.loads(BODY) | {"fhirServer": base}).encode()

    assert_401(world, world.deployment.sign(world.alpha.token(), body), "fhir-server-of-another")


def test_row_29_a_server_that_nobody_has_registered_is_not_read_but_the_orders_are_judged(world: World) -> None:
    body = json.dumps(json.loads(BODY) | {"fhirServer": world.keys.url("fhir")}).encode()

    assert world.deployment.sign(world.alpha.token(), body).status == 200
    assert world.keys.count("fhir") == 0


def every_failure(world: World) -> dict[str, Callable[[], str | None]]:
    alpha, now = world.alpha, int(time.time())
    used = alpha.token()
    world.deployment.sign(used)
    return {
        "no token": lambda: None,
        "garbage": lambda: "garbage",
        "unknown issuer": lambda: alpha.token(iss="https://unknown.example"),
        "unknown key": lambda: alpha.token({"kid": "unknown"}),
        "bad signature": lambda: compact(alpha.header(), alpha.claims(), lambda _: b"\1" * 96),
        "expired": lambda: alpha.token(iat=now - 400, exp=now - 100),
        "audience": lambda: alpha.token(aud="https://other.example"),
        "tenant": lambda: world.beta.token(tenant="a"),
        "jti": lambda: alpha.token(jti=""),
        "replay": lambda: used,
        "algorithm": lambda: alpha.token({"alg": "HS256"}),
        "jku": lambda: alpha.token({"jku": "https://other.example"}),
    }


def test_row_31_every_failure_looks_the_same(world: World) -> None:
    seen = {}
    for name, token in every_failure(world).items():
        answer = world.deployment.sign(token())
        kept = {key: value for key, value in answer.headers.items() if key not in ("X-Request-Id", "Date")}
        seen[name] = (answer.status, answer.body, tuple(sorted(kept.items())))

    assert len(set(seen.values())) == 1, seen


def test_row_32_a_tampered_part_is_refused(world: World) -> None:
    head, claims, signature = world.alpha.token().split(".")
    other = b64(json.dumps(world.alpha.claims(tenant="x")).encode())

    assert_401(world, world.deployment.sign(f"{head}.{other}.{signature}"), "signature")
    assert world.deployment.sign(f"{head}.{claims}.{signature}").status == 200
