"""Whether checks, facts, prefetch keys and code lists fit together: what is missing or unused is a fault."""

from collections.abc import Iterator, Set

from cds_service.base.errors import Fault
from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.facts.indication import DECIDING
from cds_service.core.facts.patient_facts import READERS
from cds_service.core.model.case import FACTS
from cds_service.core.record.terminology import UNDECIDED, ListName
from cds_service.core.rules.checks import CHECKS


def incomplete(chosen: Set[str], lists: Set[str]) -> Iterator[Fault]:
    """`chosen` are the checks that rule files name, `lists` the code lists that have a file."""
    yield from _of_checks(chosen)
    yield from _of_facts()
    yield from _of_prefetch_keys(chosen)
    yield from _of_lists(lists)


def _of_checks(chosen: Set[str]) -> Iterator[Fault]:
    for name, check in CHECKS.items():
        if name not in chosen:
            yield Fault(f"check {name}", "is chosen by no rule", "write the rule that asks it, or delete it")
        for fact in sorted(set(check.asks) - FACTS.keys()):
            yield Fault(f"check {name}", f"asks the unknown fact {fact}", "add it to Facts, or correct its name")


def _of_facts() -> Iterator[Fault]:
    asked = {*DECIDING, *(fact for check in CHECKS.values() for fact in check.asks)}
    for name, source in FACTS.items():
        if source.key not in PREFETCH_KEYS:
            remedy = f"choose one of {', '.join(PREFETCH_KEYS)}"
            yield Fault(f"fact {name}", f"is read from the unknown prefetch key {source.key}", remedy)
        if not source.code_list and name not in READERS:
            yield Fault(f"fact {name}", "is read by nothing", "name its code list, or add its reader to READERS")
        if name not in asked:
            yield Fault(f"fact {name}", "is asked by no check", "name it in the check that asks it, or delete it")
    for name in sorted(READERS.keys() - FACTS.keys()):
        yield Fault(f"reader of {name}", "reads an unknown fact", "add it to Facts, or correct its name")


def _of_prefetch_keys(chosen: Set[str]) -> Iterator[Fault]:
    asked = {fact for name in chosen & CHECKS.keys() for fact in CHECKS[name].asks}
    read = {source.key for name, source in FACTS.items() if name in asked}
    for key in sorted(set(PREFETCH_KEYS) - read):
        yield Fault(f"prefetch key {key}", "is read for no rule", "let a check ask a fact of it, or delete the key")


def _of_lists(lists: Set[str]) -> Iterator[Fault]:
    """A list without a file would read as "none on record"; one that nobody asks only looks as if it counted."""
    askers: dict[str, list[str]] = {name.value: [f"ListName.{name.name}"] for name in ListName}
    for fact, source in FACTS.items():
        if source.code_list:
            askers.setdefault(source.code_list, []).append(f"fact {fact}")
    for name in sorted(askers.keys() - lists):
        remedy = f"write the list, or correct its name in {' and '.join(askers[name])}"
        yield Fault(f"valuesets/{name}.json", "is missing", remedy)
    for name in sorted(name for name in lists if name.removesuffix(UNDECIDED) not in askers):
        yield Fault(f"valuesets/{name}.json", "is asked by nothing", "name it where it is asked, or delete it")
