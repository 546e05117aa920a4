"""Builds the template values of each part of the page: try an order, rules over time, damage a request, connect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

import msgspec

from cds_service.access.gate import NOT_ACCEPTED
from cds_service.base.errors import RequestError
from cds_service.base.names import PREFETCH, SERVICE_ID
from cds_service.config.clock import FIRST_DAY
from cds_service.core.model.ruleset import CARE_RULE, MAXIMUM_RULE, RECOMMENDED_RULE
from cds_service.core.wording import words
from cds_service.pages.demo import client_entry, damage, fields, rule_view
from cds_service.pages.demo.case_choice import CaseChoice
from cds_service.pages.demo.cases import ready_cases
from cds_service.pages.demo.hook_request import dose_of
from cds_service.pages.demo.result import Result, Setting, refused, result_of
from cds_service.pages.html_page import is_language
from cds_service.pages.sentences import Sentences

Many = Mapping[str, Sequence[str]]

# The public sandbox, and the FHIR server of docs/sandbox_fhir.py with its patient.
SANDBOX = "https://sandbox.cds-hooks.org/"
SANDBOX_FHIR = "http://127.0.0.1:8010/fhir"
SANDBOX_PATIENT = "pat-alcohol-epilepsy"

# Days with a maximum of 300 and of 80 mg/day; the third day compared is today.
_COMPARED = (date(2016, 5, 10), date(2018, 5, 10))
COMPARED = ("d1", "d2", "d3")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page request: all query values by name, the first value of each, the case, and today's date."""

    many: Many
    given: Mapping[str, str]
    case: CaseChoice
    today: date


def try_part(asked: Asked, place: Setting, pasted: Result | None = None) -> dict[str, Any]:
    """The form, the ready-made cases and the answer. `pasted` is the answer to a request pasted as JSON."""
    case = asked.case
    body = case.request(place.knowledge)
    result = pasted
    if result is None and body is not None and case.fields is not None:
        result = result_of(body, case.fields.on, place, asked.given.get("apply", ""))
    return {
        "result": result,
        "pasted": pasted is not None,
        "cases": [(era, [ready for ready in ready_cases() if ready.era == era]) for era in ("today", "past")],
        "products": [(code, _product_name(code, place)) for code in fields.PRODUCTS],
        "choices": fields.CHOICES,
        "history": fields.HISTORY,
        "limits": (FIRST_DAY.isoformat(), asked.today.isoformat()),
    }


def order_in_words(case: CaseChoice, place: Setting, say: Sentences) -> str:
    """`Baclofène Zentiva 10 mg : 4 cp × 3 par jour, soit 120 mg/j`; empty if the form is invalid."""
    made = case.fields
    if made is None:
        return ""
    dose = dose_of(made, place.knowledge)
    facts = {
        "product": words.capitalised(_product_name(made.product, place)),
        "tablets": words.number(Fraction(made.tablets), say.language),
        "times": str(made.times),
        "dose": words.mg_per_day(Fraction(dose), say.language),
        "taken": words.mg_per_day(Fraction(made.taken), say.language),
    }
    return say(f"order-{made.act}", **facts)


def in_words(wrong: fields.FieldError, say: Sentences) -> str:
    """The error message of a field; for a number, with its bounds."""
    bounds = fields.NUMBERS.get(wrong.field)
    if bounds is None:
        return say(f"wrong-{wrong.reason}")
    limits = {"least": bounds.least, "most": bounds.most, "step": bounds.step}
    written = {name: words.number(Fraction(value), say.language) for name, value in limits.items()}
    return say(f"wrong-{wrong.reason}", **written)


def wrong_choices(many: Many, today: date) -> tuple[fields.FieldError, ...]:
    """What is wrong outside the form: days of rules that are none, damage and languages that we do not know."""
    days = [
        name
        for name in ("day", *COMPARED)
        if any(fields.read_day(text, today) is None for text in many.get(name, ()))
    ]
    return (
        *(fields.FieldError(name, "day") for name in days),
        *(fields.FieldError("damage", "choice") for _ in range(damage.knows_not(many))),
        *(fields.FieldError("lang", "lang") for lang in many.get("lang", ())[:1] if not is_language(lang)),
    )


def rules_part(asked: Asked, place: Setting) -> dict[str, Any]:
    """The timeline, the rules of the chosen day, and the same order on three days."""
    knowledge, language = place.knowledge, place.language
    case_day = asked.case.fields.on if asked.case.fields else asked.today
    day = fields.read_day(asked.given.get("day", ""), asked.today) or case_day
    days = [
        fields.read_day(asked.given.get(name, ""), asked.today) or usual
        for name, usual in zip(COMPARED, (*_COMPARED, asked.today), strict=True)
    ]
    return {
        "day": day,
        "day_chosen": bool(asked.given.get("day")),
        "stops": rule_view.stops(knowledge, asked.today, language),
        "of_day": rule_view.rules_of_day(knowledge, day, language),
        "chart": rule_view.chart(knowledge, asked.today, day, language),
        "drawn": rule_view,
        "chart_rules": (MAXIMUM_RULE, RECOMMENDED_RULE, CARE_RULE),
        "compared": [
            (name, one, words.day(one, language), result_of(body, one, place))
            for name, one in zip(COMPARED, days, strict=True)
            if (body := asked.case.request_on(one, knowledge)) is not None
        ],
        "rule_limits": (FIRST_DAY.isoformat(), asked.today.isoformat()),
    }


def break_part(asked: Asked, place: Setting) -> dict[str, Any]:
    """The chosen damage, and the answer to the damaged request."""
    chosen = damage.FIRST_DAMAGE
    if "break" in asked.given:
        many = asked.many
        chosen = damage.read(many.get("without", ()), many.get("failed", ()), many.get("damage", ()))
    body = asked.case.request(place.knowledge)
    made = asked.case.fields
    answer = None if body is None or made is None else _broken(body, chosen, made.on, place)
    return {"breakage": chosen, "keys": damage.KEYS, "damages": damage.DAMAGES, "broken": answer}


def _broken(body: bytes, chosen: damage.Damage, on: date, place: Setting) -> Result:
    """A call whose token is not accepted is not judged: it is refused before its body is read."""
    broken = damage.broken(body, chosen)
    if "token" in chosen.damage:
        return refused(broken, on, RequestError(NOT_ACCEPTED, status=401), place)
    return result_of(broken, on, place)


def connect_part(asked: Asked, place: Setting) -> dict[str, Any]:
    """URLs, prefetch templates, an example token, and the client entry made from the form."""
    sent = any(name in asked.given for name in client_entry.TEXTS)
    given = asked.given if sent else client_entry.EXAMPLE
    service = f"{place.base_url}/cds-services/{SERVICE_ID}"
    return {
        "discovery": f"{place.base_url}/cds-services",
        "service": service,
        "sandbox": sandbox(f"{place.base_url}/cds-services"),
        "prefetch": list(PREFETCH.items()),
        "prefetch_json": msgspec.json.format(msgspec.json.encode(dict(PREFETCH)), indent=2).decode(),
        "token": _token(service),
        "client": {name: given.get(name, "")[: client_entry.MOST] for name in client_entry.NAMES},
        "client_names": client_entry,
        "entry": client_entry.entry_of({name: given.get(name, "") for name in client_entry.NAMES}),
    }


def sandbox(discovery: str) -> str:
    """The address of the public sandbox with all chosen: the patient of `python -m docs.sandbox_fhir`, and us."""
    chosen = {"fhirServiceUrl": SANDBOX_FHIR, "patientId": SANDBOX_PATIENT, "serviceDiscoveryURL": discovery}
    return f"{SANDBOX}?{urlencode({**chosen, 'hook': 'order-sign', 'screen': 'rx-sign'})}"


def _token(service: str) -> str:
    """Header and claims of an example token that is valid for five minutes."""
    header = {"alg": "ES384", "typ": "JWT", "kid": "key-1", "jku": client_entry.EXAMPLE["jwks_url"]}
    claims = {"iss": client_entry.EXAMPLE["issuer"], "aud": service, "iat": 1795341600, "exp": 1795341900}
    whole = {"header": header, "claims": {**claims, "jti": "7f9c1b1e-6f0e-4c1b-9a51-1f6f3c0f8a11"}}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _product_name(code: str, place: Setting) -> str:
    product = place.knowledge.terminology.product_named(code)
    return product.name if product else code
