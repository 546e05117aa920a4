"""The keys that a client's entry may have: how each is read, its default, its meaning, an example.

docs/clients.md is made from this table. A client's entry cannot set a threshold, and no key hides a finding except
`incomplete` (one finding, on a renewal that changes nothing), `specialised_service` (the referral to such a service)
and `shadow` (all of them, and the client knows it).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.base.names import LANGUAGES, PREFETCH_KEYS
from cds_service.config.client_fields import NO_DEFAULT, ClientTable
from cds_service.config.fhir_servers import HTTPS, read_fhir_servers

# Asymmetric algorithms only: no file can allow `none` or HMAC.
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")
DEFAULT_ALGORITHMS = ("ES384", "RS384")

# Epic documents tokens of 15 minutes; a longer life is a choice for one client.
DEFAULT_LIFETIME_S = 900

SLUG = r"(?=[a-z0-9-]{1,128}\Z)[a-z0-9]+(-[a-z0-9]+)*"  # a column of the store holds as much
ORIGIN = r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?"
TEXT = r"[\x21-\x7e]([\x20-\x7e]{0,510}[\x21-\x7e])?"

Read = Callable[[ClientTable, str], Any]


@dataclass(frozen=True)
class ClientKey:
    """A key: `example` is how it is written in TOML."""

    name: str
    read: Read
    means: str
    example: str


@dataclass(frozen=True)
class KeyGroup:
    title: str
    keys: tuple[ClientKey, ...]


# --- how values are read ---------------------------------------------------------------------


def _text(pattern: str, wanted: str, default: str = "") -> Read:
    return lambda fields, name: fields.text(name, pattern, wanted, default)


def _texts(pattern: str, wanted: str) -> Read:
    return lambda fields, name: fields.texts(name, pattern, wanted)


def _choice(*choices: str) -> Read:
    """The first choice is the default."""
    return lambda fields, name: fields.choice(name, choices, choices[0])


def _number(default: int, least: int, most: int) -> Read:
    return lambda fields, name: fields.number(name, default, least, most)


def _flag(fields: ClientTable, name: str) -> bool:
    return fields.flag(name)


def _jwks(fields: ClientTable, name: str) -> Mapping[str, Any] | None:
    return fields.mapping(name)


def _algorithms(fields: ClientTable, name: str) -> tuple[str, ...]:
    return fields.choices(name, ALGORITHMS, DEFAULT_ALGORITHMS)


def _language(fields: ClientTable, name: str) -> str | None:
    language: str | None = fields.choice(name, LANGUAGES, None)
    return language


def _prefetch(fields: ClientTable, name: str) -> Mapping[str, str]:
    return fields.names(name, PREFETCH_KEYS)


# --- the table -------------------------------------------------------------------------------

KEY_GROUPS: tuple[KeyGroup, ...] = (
    KeyGroup(
        "Who it is",
        (
            ClientKey(
                "id",
                _text(SLUG, "lower-case letters, digits and hyphens, at most 128", NO_DEFAULT),
                "Our name for the client, in logs, metrics, records and `/insights`; no two entries share one.",
                '"hospital-a"',
            ),
            ClientKey(
                "issuer",
                _text(TEXT, "the exact `iss` of its tokens", NO_DEFAULT),
                "The exact `iss` of its tokens; no two entries share one.",
                '"https://ehr.hospital-a.example"',
            ),
            ClientKey(
                "jwks_url",
                _text(HTTPS, "an https URL without user or query"),
                "Where its public keys are fetched, and the only `jku` of a token. Required without `jwks`.",
                '"https://ehr.hospital-a.example/jwks.json"',
            ),
            ClientKey(
                "jwks",
                _jwks,
                "Its public keys, written here; then nothing is fetched. Never a private or a shared key.",
                '{keys = [{kty = "EC", crv = "P-384", kid = "key-1", x = "…", y = "…"}]}',
            ),
        ),
    ),
    KeyGroup(
        "Its tokens and limits",
        (
            ClientKey(
                "algorithms",
                _algorithms,
                f"The algorithms of its signatures, out of {', '.join(f'`{name}`' for name in ALGORITHMS)}.",
                '["RS384"]',
            ),
            ClientKey(
                "audiences",
                _texts(TEXT, "the exact `aud` that the client sends"),
                "Values of `aud` that are taken beside the address called, such as one that was typed by hand.",
                '["baclofen-cds"]',
            ),
            ClientKey(
                "subject",
                _text(TEXT, "the exact `sub` of its tokens"),
                "The exact `sub` of its tokens; where it is left out, `sub` is not looked at.",
                '"8f2c0b1e"',
            ),
            ClientKey(
                "tenants",
                _texts(TEXT, "the exact `tenant` of its tokens"),
                "The only values of `tenant` that are taken; where it is left out, `tenant` is not looked at.",
                '["site-1", "site-2"]',
            ),
            ClientKey(
                "max_lifetime_s",
                _number(DEFAULT_LIFETIME_S, 30, 3600),
                "The longest time from `iat` to `exp` of a token, in seconds, from 30 to 3600.",
                "300",
            ),
            ClientKey(
                "origins",
                _texts(ORIGIN, "an origin such as https://ehr.example, without a path"),
                "The origins that may call from a browser, exactly as the browser sends them.",
                '["https://ehr.hospital-a.example"]',
            ),
            ClientKey(
                "requests_per_minute",
                _number(600, 1, 1_000_000),
                "How many calls a minute are answered, over all workers of one machine; more get 429.",
                "1200",
            ),
        ),
    ),
    KeyGroup(
        "How answers are written for it",
        (
            ClientKey(
                "language",
                _language,
                "The language of cards where the call has no `Accept-Language`: `fr` or `en`.",
                '"fr"',
            ),
            ClientKey(
                "detail",
                _choice("markdown", "plain"),
                "How it shows `detail`: `markdown`, or `plain` where it would show asterisks.",
                '"plain"',
            ),
            ClientKey(
                "suggestions",
                _choice("update", "create", "product", "off"),
                "What it can apply: `update` of the draft; `create` of another order, and the prescriber removes the "
                "draft; `product`: of an update nothing but the medicine; `off`: none is sent.",
                '"create"',
            ),
            ClientKey(
                "one_action",
                _flag,
                "It applies only the first action of a suggestion: those with more are not sent.",
                "true",
            ),
            ClientKey(
                "incomplete",
                _choice("always", "on-change"),
                "When `check-incomplete` is said: `always`, or `on-change`: not on a renewal that changes no dose.",
                '"on-change"',
            ),
            ClientKey(
                "repeat_disorders",
                _flag,
                "Known psychiatric disorders are said on each renewal, not only where new or where the dose rises.",
                "true",
            ),
            ClientKey(
                "specialised_service",
                _flag,
                "It is itself a specialised addiction service, such as a CSAPA: its patients count as referred.",
                "true",
            ),
            ClientKey(
                "on_missing",
                _choice("card", "412"),
                "Where data are missing and nothing else is to be said: a `card`, or status `412`.",
                '"412"',
            ),
            ClientKey(
                "shows_errors",
                _flag,
                'It was seen that it shows errors to the prescriber. `on_missing = "412"` needs it.',
                "true",
            ),
            ClientKey(
                "shadow",
                _flag,
                "Shadow mode: every order is judged, kept and counted, and no card is sent. For a trial before use.",
                "true",
            ),
        ),
    ),
    KeyGroup(
        "What it sends, and what is read for it",
        (
            ClientKey(
                "prefetch",
                _prefetch,
                f"Its names for our prefetch keys ({', '.join(f'`{key}`' for key in PREFETCH_KEYS)}); an empty name: "
                "it never sends this key.",
                '{patient = "patientToGreet", goals = ""}',
            ),
            ClientKey(
                "read_fhir",
                _flag,
                "What the prefetch left out is read from its FHIR server, with the token of the call.",
                "true",
            ),
            ClientKey(
                "fhir_servers",
                read_fhir_servers,
                "The servers that may be read: `base`, the exact base URL; `allow_private = true` also permits "
                "addresses of private networks, and in demo mode http.",
                '[{base = "https://fhir.hospital-a.example/r4"}]',
            ),
            ClientKey(
                "budget_ms",
                _number(800, 50, 5000),
                "How long a call may wait for its FHIR server, from 50 to 5000 ms; what is late is unknown.",
                "500",
            ),
        ),
    ),
)

KEYS: tuple[ClientKey, ...] = tuple(key for group in KEY_GROUPS for key in group.keys)
