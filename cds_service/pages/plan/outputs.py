"""Makes the output of `cds-service taper`: a plan as text, JSON or calendar."""

from datetime import date

from cds_service.core.plans.plan_request import query_of
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.plan.as_json import json_of
from cds_service.pages.plan.ics import calendar_of
from cds_service.pages.plan.query import Given, plan_of
from cds_service.pages.plan.revision import revision_of
from cds_service.pages.plan.terminal import printed
from cds_service.pages.sentences import Sentences


def output_of(given: Given, knowledge: Knowledge, today: date, output: str, language: str) -> bytes:
    """The plan that the options ask for, as bytes. `output` is text, json or ics. Raises RequestError."""
    made = plan_of(given, knowledge, today, Sentences(knowledge.texts, language))
    if output == "json":
        return json_of(made, knowledge.rules_version)
    if output == "ics":
        return calendar_of(made, knowledge.texts, language, revision_of("", query_of(made.request) or ""))
    return printed(made, knowledge.texts, language, knowledge.rules_version).encode()
