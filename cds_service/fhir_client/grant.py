"""Decides what a request allows us to read: `fhirServer`, `fhirAuthorization` and the client's entry must agree.

The access token is kept only during the request. It appears in no log, message or `repr`, and is sent only to URLs
below the FHIR server of the client's entry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds_service.config.clients import Client
from cds_service.core.record import fhir
from cds_service.http.addresses import BaseUrl, read_base_url

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")

# `patient/Condition.read`, `user/*.*` of SMART v1; `system/Condition.rs`, `patient/Condition.rs?code=…` of v2.
_SMART = re.compile(r"(?:patient|user|system)/(?P<kind>[A-Za-z]+|\*)\.(?P<may>[a-z*]+)(?P<only>\?.+)?")
_NOT_ABOUT_DATA = re.compile(r"openid|fhirUser|profile|offline_access|online_access|launch(/.+)?|smart/.+|need_.+")
_V1 = {"read": "rs", "*": "cruds", "write": "cud"}


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to read one FHIR server during one request. `scopes` are those of `read_scopes`.

    `client` is the id of the client's entry, for the log.
    """

    client: str
    base: BaseUrl
    patient_id: str
    allow_private: bool
    token: str = field(repr=False)
    scopes: tuple[tuple[str, str, bool], ...] | None = None

    def may_read(self, kind: str) -> bool:
        return self._allows(kind, "r")

    def may_search(self, kind: str) -> bool:
        return self._allows(kind, "s")

    def sees_all(self, kind: str) -> bool:
        """Whether a search finds all resources of a type; a SMART v2 scope with a query finds only some."""
        wide = [scope for scope in self.scopes or () if not scope[2]]
        return self.scopes is None or any(_covers(scope, kind, "s") for scope in wide)

    def _allows(self, kind: str, interaction: str) -> bool:
        return self.scopes is None or any(_covers(scope, kind, interaction) for scope in self.scopes)


def _covers(scope: tuple[str, str, bool], kind: str, interaction: str) -> bool:
    return scope[0] in (kind, "*") and interaction in scope[1]


def read_grant(hook: Mapping[str, Any], client: Client) -> Grant | None:
    """The grant of a request; None if the client may not read, the token is unusable, or the server is not listed."""
    given = fhir.as_object(hook.get("fhirAuthorization"))
    patient_id = str(hook["context"]["patientId"]).removeprefix("Patient/")
    if not client.read_fhir or not given or not _ID.fullmatch(patient_id):
        return None
    token = given.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or not _is_usable(given, patient_id):
        return None
    server = _server(hook.get("fhirServer"), client)
    if server is None:
        return None
    base, allow_private = server
    return Grant(client.id, base, patient_id, allow_private, token, read_scopes(given.get("scope")))


def _is_usable(given: Mapping[str, Any], patient_id: str) -> bool:
    is_bearer = fhir.text(given.get("token_type")).lower() == "bearer"
    patient = given.get("patient", patient_id)
    is_his = isinstance(patient, str) and patient.removeprefix("Patient/") == patient_id
    return is_bearer and is_his and _is_alive(given.get("expires_in"))


def _is_alive(expires_in: object) -> bool:
    """Whether `expires_in` (seconds; some clients send a string) is positive. If it is absent the token is tried."""
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit():
        return expires_in.strip("0") != ""
    if isinstance(expires_in, int | Decimal) and not isinstance(expires_in, bool):
        return expires_in > 0
    return expires_in is None


def _server(url: object, client: Client) -> tuple[BaseUrl, bool] | None:
    """The request's FHIR server and its `allow_private`, if the client's entry lists it; http only with that flag."""
    asked = read_base_url(url)
    for entry in client.fhir_servers if asked else ():
        listed = read_base_url(entry.base)
        if asked and listed and listed.holds(asked) and (asked.scheme == "https" or entry.allow_private):
            return asked, entry.allow_private
    return None


def read_scopes(written: object) -> tuple[tuple[str, str, bool], ...] | None:
    """SMART scopes as (type, interactions, has a query); None without scopes or if one is not in SMART syntax."""
    about_data = [scope for scope in fhir.text(written).split() if not _NOT_ABOUT_DATA.fullmatch(scope)]
    matches = [_SMART.fullmatch(scope) for scope in about_data]
    if not matches or None in matches:
        return None
    known = [match for match in matches if match]
    return tuple((match["kind"], _V1.get(match["may"], match["may"]), bool(match["only"])) for match in known)
