"""The changes that are made, the draw, and the list of those that nobody can notice."""

import ast
from pathlib import Path

import pytest

from tests.mutation.draw import FEW, draw, read_table, twenty
from tests.mutation.killing import ROOT
from tests.mutation.operators import mutants, mutated
from tests.sampling import some

CHANGES = {
    "a < b": ["a <= b", "a >= b"],
    "a is not None": ["a is None"],
    "a in b": ["a not in b"],
    "a + 1": ["a - 1", "a + 2"],
    "a and b": ["a or b", "b", "a"],
    "not a": ["a"],
    "f(True)": ["f(False)"],
    "f('x')": ["f('')"],
    "a if b else c": ["c if b else a"],
    "a[b:c]": ["a[:c]", "a[b:]"],
    "min(a)": ["max(a)"],
    "a.startswith(b)": ["a.endswith(b)"],
    "f(a, key=b)": ["f(a)"],
    "[a for a in b if c]": ["[a for a in b]"],
}
STATEMENTS = {
    "if a:\n    f()": ["if not a:\n    f()", "if a:\n    pass"],
    "while a:\n    break": ["while not a:\n    break", "while a:\n    continue"],
    "def f(a, b=c):\n    return a": ["def f(a, b):\n    return a", "def f(a, b=c):\n    return None"],
    "a += b": ["pass"],
    "raise a": ["pass"],
    "match a:\n    case b if c:\n        d = e": ["match a:\n    case b:\n        d = e"],
}


def changed(source: str) -> list[str]:
    return [ast.unparse(mutated(source, mutant.node, mutant.variant)) for mutant in mutants(source)]


@pytest.mark.parametrize("source", CHANGES)
def test_an_expression_is_changed_in_each_of_these_ways(source: str) -> None:
    assert sorted(changed(f"x = {source}")) == sorted(f"x = {after}" for after in CHANGES[source])


@pytest.mark.parametrize("source", STATEMENTS)
def test_a_statement_is_changed_in_each_of_these_ways(source: str) -> None:
    assert sorted(changed(source)) == sorted(STATEMENTS[source])


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "import a",
        "Json = dict[str, Any]",
        "a: int | None",
        "def f(a: 'x') -> 'y':\n    'Words.'\n    return None",
        "@f(slots=True)\nclass A(B):\n    'Words.'",
    ],
)
def test_what_says_nothing_at_run_time_is_left(source: str) -> None:
    assert changed(source) == []


@pytest.mark.sampled
def test_every_mutant_of_what_is_drawn_is_another_program_that_compiles() -> None:
    for file in some(list(read_table().tests_of), 6):
        source = (ROOT / file).read_text("utf-8")
        before = ast.dump(ast.parse(source))
        for one in draw(read_table(), [Path(file).name], most=20):
            tree = mutated(source, one.mutant.node, one.mutant.variant)
            compile(tree, file, "exec")
            assert ast.dump(tree) != before


def test_the_draw_is_the_same_each_time_and_has_all_kinds_of_change() -> None:
    table = read_table()
    of_dosage = draw(table, ["dosage.py"])

    assert of_dosage == draw(table, ["dosage.py"])
    assert len(of_dosage) == table.mutants_of_a_file
    kinds = {mutant.operator for mutant in mutants((ROOT / of_dosage[0].file).read_text("utf-8"))}
    assert {one.mutant.operator for one in of_dosage} == kinds
    assert len({one.name for one in twenty(table)}) == FEW


def test_every_test_that_is_asked_is_there() -> None:
    asked = {test.partition("::")[0] for tests in read_table().tests_of.values() for test in tests}

    assert asked
    assert not [place for place in asked if not (ROOT / place).exists()]


def test_a_survivor_that_is_listed_is_still_a_mutant_and_has_its_reason() -> None:
    table = read_table()
    named = {
        f"{Path(file).name} {mutant.function}: {mutant.change}"
        for file in table.tests_of
        for mutant in mutants((ROOT / file).read_text("utf-8"))
    }

    assert not set(table.equivalent) - named
    assert all(len(why.split()) > 3 for why in table.equivalent.values())
