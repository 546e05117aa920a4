"""What is written as FHIR reads as the case that was judged, whatever the client's draft looks like.

A suggestion is judged as another case and written once it is offered. Each is written here, put into the request as a
client would, and the whole request is read again: it must give that case, in every order and every fact. And what a
look at the kept part of a draft lets through is valid as a whole.
"""

from collections import Counter
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.case import Case
from cds_service.core.plans.changed_case import changed
from cds_service.core.plans.changes import Action
from cds_service.core.plans.fhir_out import actions
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.subject import asked_of
from cds_service.core.plans.suggest import candidates, tried_plans
from cds_service.core.rules.decide import decide
from cds_service.core.wording.dosage_words import dosage_words
from cds_service.hook.outgoing import as_fhir, is_valid
from cds_service.http.json_reader import read_hook
from tests.core.plans.odd_drafts import ODDITIES, with_oddities
from tests.core.plans.plan_kinds import KINDS
from tests.core.plans.plan_requests import Json, knowledge, situations
from tests.core.plans.signable.situations import regimens, reorders
from tests.core.plans.traits import TRAITS, having
from tests.vignette_cases import encode, request

SAY = dosage_words(knowledge().texts, "fr")

# Of the examples of a profile, what each kind and each oddity has.
EACH = max(5, settings().max_examples // 8)


def read(hook: Json, on: date) -> Case:
    whole = knowledge()
    return read_case(read_hook(encode(hook), PREFETCH_KEYS), whole.terminology, whole.rules, on)


def taken(hook: Json, done: tuple[Action, ...]) -> Json:
    """The request once a client has done the actions, wherever it has sent the order that is updated."""
    after = deepcopy(hook)
    bundle = after["context"]["draftOrders"]
    for action in done:
        if action.type == "create":
            bundle["entry"].append({"resource": action.resource})
            continue
        for entry in bundle["entry"]:
            if entry["resource"].get("id") == action.resource["id"]:
                entry["resource"] = action.resource
    return after


def assert_written_as_judged(hook: Json, on: date, *, one_action: bool = False) -> int:
    """Each change that can be made; the number of them is returned."""
    case = decide(read(hook, on), knowledge().rules).case
    catalogue = ProductCatalogue(knowledge().rules, knowledge().terminology, on, fine_only=one_action)
    made = 0
    asked = asked_of(decide(case, knowledge().rules), catalogue)
    for item in candidates(asked, tried_plans(asked)):
        judged = changed(case, item.changes, catalogue)
        if judged is None:
            continue
        made += 1
        written = actions(case, item.changes, SAY)
        assert read(taken(hook, written), on) == judged
        assert_refused_or_valid(bool(as_fhir([item], case, SAY)[0].actions), written)
    return made


def assert_refused_or_valid(sent: bool, written: tuple[Action, ...]) -> None:
    sent_back = read_back([action.resource for action in written])
    assert sent == all(is_valid(resource) for resource in sent_back)


def read_back(resources: list[Json]) -> Any:
    return read_hook(encode({"hook": resources}), set())["hook"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_suggestion_reads_as_it_was_judged(kind: str) -> None:
    made: Counter[str] = Counter()

    @settings(max_examples=EACH)
    @given(said=KINDS[kind], one_action=st.booleans())
    def reads(said: Json, one_action: bool) -> None:
        made[kind] += assert_written_as_judged(request(said), said["on"], one_action=one_action)

    reads()

    assert made[kind] >= EACH


@pytest.mark.parametrize("oddity", ODDITIES)
def test_so_it_does_on_a_draft_of_any_odd_shape(oddity: str) -> None:
    made: Counter[str] = Counter()

    @settings(max_examples=2 * EACH)
    @given(said=st.one_of(*KINDS.values()), one_action=st.booleans(), data=st.data())
    def reads(said: Json, one_action: bool, data: st.DataObject) -> None:
        hook = data.draw(with_oddities(request(said), oddity))
        made[oddity] += assert_written_as_judged(hook, said["on"], one_action=one_action)

    reads()

    # What modifies an order in a way that we do not know is not read, and gets no suggestion.
    assert bool(made[oddity]) == (oddity != "modifiers")


@given(said=st.one_of(situations(), *(having(st.one_of(*KINDS.values()), trait) for trait in TRAITS)))
def test_so_it_does_on_what_real_life_sends(said: Json) -> None:
    assert_written_as_judged(request(said), said["on"])


@settings(max_examples=2 * EACH)
@given(said=st.one_of(regimens(), reorders()), one_action=st.booleans())
def test_so_it_does_for_lines_of_a_regimen_and_beside_a_stop(said: Json, one_action: bool) -> None:
    assert_written_as_judged(request(said), said["on"], one_action=one_action)


def test_so_it_does_where_a_product_that_names_its_indication_gives_way_to_one_that_does_not() -> None:
    """Baclocur was suspended; of Baclofène Zentiva the reason of the order alone tells what it is for."""
    draft = {"order": "Baclocur 20, 20 mg BID", "reason": "F10.2"}
    said = {"id": "suspended", "on": date(2020, 7, 1), "orders": [draft], "conditions": ["F10.2", "G35"]}

    assert assert_written_as_judged(request(said), date(2020, 7, 1))
