"""Architecture rules that import contracts and linters do not check."""

import ast
import re
import statistics
import textwrap
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "cds_service").rglob("*.py"))
CORE = sorted((ROOT / "cds_service" / "core").rglob("*.py"))
FOLDERS = ("cds_service", "tests", "bench", "docs", "deploy")
ALL = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

# In the core the day is an argument, results are return values, and doses are exact.
NOT_IN_CORE = {"now", "today", "open", "print", "float"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = ast.If | ast.IfExp | ast.For | ast.AsyncFor | ast.While | ast.ExceptHandler | ast.match_case | ast.Assert

DRAWER_FOR_EVERYTHING = re.compile(r"(^|_)(utils?|helpers?|managers?)($|_)|(Util|Helper|Manager)s?($|[A-Z])")

EXCEPTION_TO_THE_RULES = re.compile(
    r"noqa(:\s*[A-Z]+\d+([,\s]+[A-Z]+\d+)*)?|type:\s*ignore(\[[^\]]*\])?|pragma:\s*no\s*(cover|branch)"
)


def test_the_core_reads_no_clock_opens_and_prints_nothing_and_has_no_inexact_number() -> None:
    found = [
        f"{where(path, node)}: {name}"
        for path in CORE
        for node in ast.walk(tree(path))
        for name in names(node)
        if name in NOT_IN_CORE or isinstance(name, float)
    ]

    assert not found


def test_every_module_begins_by_saying_its_one_job() -> None:
    assert not [named(path) for path in ALL if not ast.get_docstring(tree(path))]


def test_a_file_has_at_most_300_lines() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ALL}

    assert not {name: length for name, length in lengths.items() if length > 300}


def test_the_body_of_a_function_has_at_most_40_lines_and_nine_in_ten_have_at_most_15() -> None:
    lengths = {where(path, function): body_length(function) for path in ALL for function in functions(path)}

    assert not {name: length for name, length in lengths.items() if length > 40}
    of_the_package = [length for name, length in lengths.items() if name.startswith("cds_service/")]
    for all_of_them in (of_the_package, lengths.values()):
        assert statistics.quantiles(all_of_them, n=10, method="inclusive")[8] <= 15


def test_the_cyclomatic_complexity_of_a_function_is_at_most_10_with_its_comprehensions() -> None:
    found = {where(path, function): complexity(function) for path in PACKAGE for function in functions(path)}

    assert found
    assert not {name: number for name, number in found.items() if number > 10}


@pytest.mark.parametrize(
    ("statements", "branches"),
    [
        ("pass", 0),
        ("return (a and b and c) or d", 3),
        ("return [x for x in xs]", 1),
        ("return {x for x in xs if x if x > 1}", 3),
        ("return {x: y for x in xs for y in x if y}", 3),
        ("return any(x for x in xs if x and not x.y)", 3),
        ("return a if b else c", 1),
        ("return lambda x: x if x else 1", 1),
        ("if a:\n  pass\nelif b:\n  pass\nelse:\n  pass", 2),
        ("for x in xs:\n  pass\nelse:\n  pass", 1),
        ("while a:\n  pass", 1),
        ("try:\n  pass\nexcept A:\n  pass\nexcept B:\n  pass\nfinally:\n  pass", 2),
        ("match a:\n  case 1 | 2:\n    pass\n  case _:\n    pass", 2),
        ("with a:\n  assert b", 1),
        ("if a:\n  def inner():\n    if b:\n      return [x for x in xs]", 1),
        ("class Inner:\n  def inner(self):\n    return a or b", 0),
    ],
)
def test_complexity_is_one_and_the_number_of_branches(statements: str, branches: int) -> None:
    [function] = ast.parse("def outer():\n" + textwrap.indent(statements, "  ")).body
    assert isinstance(function, ast.FunctionDef)

    assert complexity(function) == 1 + branches


def test_no_name_is_a_drawer_for_everything() -> None:
    defined = [(named(path), path.stem) for path in PACKAGE]
    defined += [
        (where(path, node), node.name)
        for path in PACKAGE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert not [place for place, name in defined if DRAWER_FOR_EVERYTHING.search(name)]


def test_an_exception_to_the_rules_has_its_reason_beside_it() -> None:
    found = [f"{named(path)}: {comment}" for path in ALL for comment in comments(path) if lacks_reason(comment)]

    assert not found


@pytest.mark.parametrize(
    ("comment", "lacking"),
    [
        ("# noqa: BLE001", True),
        ("# type: ignore[arg-type]", True),
        ("# pragma: no cover", True),
        ("# type: ignore[arg-type]  # noqa: BLE001", True),
        ("# noqa: BLE001  one bad order must not hide the others", False),
        ("# type: ignore[arg-type]  # the stub is wrong", False),
        ("# pragma: no cover - needs a full disk", False),
        ("# a comment", False),
    ],
)
def test_a_reason_is_at_least_two_words(comment: str, lacking: bool) -> None:
    assert lacks_reason(comment) == lacking


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def where(path: Path, node: ast.AST) -> str:
    return f"{named(path)}:{getattr(node, 'lineno', 0)}"


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names(node: ast.AST) -> Iterator[object]:
    """The name that a node refers to, or its constant value."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            yield name
        case ast.Constant(value=float() as number):
            yield number
        case ast.alias(name=name):
            yield name.rpartition(".")[2]


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def complexity(function: Function) -> int:
    """The cyclomatic complexity, with each loop and condition of a comprehension, which linters leave out."""
    return 1 + sum(map(branches_at, inside(function)))


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a node, without nested functions, which count for themselves."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function):
            yield child
            yield from inside(child)


def branches_at(node: ast.AST) -> int:
    match node:
        case ast.BoolOp(values=operands):
            return len(operands) - 1
        case ast.comprehension(ifs=conditions):
            return 1 + len(conditions)
    return int(isinstance(node, BRANCHES))


def body_length(function: Function) -> int:
    """The lines from the first statement to the last, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def comments(path: Path) -> Iterator[str]:
    with path.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def lacks_reason(comment: str) -> bool:
    without_markers, markers = EXCEPTION_TO_THE_RULES.subn("", comment)
    return bool(markers) and len(re.findall(r"[^\W\d_]{2,}", without_markers)) < 2
