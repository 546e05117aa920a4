"""One small change of a module at a time, as a careless hand would make it: every change that can be made, in order.

Not changed: docstrings, annotations, decorators and imports, which say nothing that a test could see.
"""

import ast
import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """A change, found again by the place of its node in the module and the number of the change at that node."""

    operator: str
    function: str
    line: int
    before: str
    after: str
    node: int
    variant: int

    @property
    def change(self) -> str:
        """As a list of survivors names it: it does not move when lines are added above."""
        return f"{self.before} → {self.after}"


Change = tuple[str, Any]  # the operator, and what stands in place of the node: a node, or None where it goes
Operator = Callable[[Any], Iterator[Change]]

OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OTHER_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
OTHER_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
OTHER_METHODS = {"startswith": "endswith", "endswith": "startswith", "removeprefix": "removesuffix"}


def mutants(source: str) -> list[Mutant]:
    """All of a module, in the order of its nodes."""
    tree = ast.parse(source)
    places = _places(tree)
    return [
        Mutant(operator, places[node], _line(node), _words(node), _words(after), number, variant)
        for number, node in enumerate(ast.walk(tree))
        if node in places
        for variant, (operator, after) in enumerate(changes(node))
    ]


def mutated(source: str, node: int, variant: int) -> ast.Module:
    """The module with a change."""
    tree = ast.parse(source)
    before = next(itertools.islice(ast.walk(tree), node, None))
    _, after = next(itertools.islice(changes(before), variant, None))
    _Replace(before, after).visit(tree)
    return ast.fix_missing_locations(tree)


def changes(node: ast.AST) -> Iterator[Change]:
    """What may stand in place of a node. The node itself is left as it is."""
    for operator in OPERATORS.get(type(node), ()):
        yield from operator(copy.deepcopy(node))


class _Replace(ast.NodeTransformer):
    def __init__(self, node: ast.AST, after: Any) -> None:
        self._node = node
        self._after = after

    def visit(self, node: ast.AST) -> Any:
        return self._after if node is self._node else self.generic_visit(node)


def _places(tree: ast.Module) -> dict[ast.AST, str]:
    """The nodes that may be changed, each with the function that it is in."""
    places: dict[ast.AST, str] = {}

    def walk(node: ast.AST, place: str) -> None:
        places[node] = place
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            place = f"{place}.{node.name}".lstrip(".")
        for name, child in ast.iter_fields(node):
            for one in child if isinstance(child, list) else [child]:
                if isinstance(one, ast.AST) and _is_code(node, name, one):
                    walk(one, place)

    walk(tree, "")
    return places


def _is_code(parent: ast.AST, field: str, node: ast.AST) -> bool:
    says_nothing = field in ("annotation", "returns", "decorator_list", "bases", "keywords")
    of_a_call = isinstance(parent, ast.Call)
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    of_types = isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.Call) and _is_alias(node)
    left = isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)
    return not (docstring or of_types or left or (says_nothing and not of_a_call))


def _is_alias(node: ast.Assign) -> bool:
    """`Json = dict[str, Any]`, `T = TypeVar("T")`."""
    value: Any = node.value
    called = getattr(value, "func", None) or value.value
    return isinstance(called, ast.Name) and called.id in {"dict", "list", "tuple", "Callable", "Mapping", "TypeVar"}


def _line(node: Any) -> int:
    return int(getattr(getattr(node, "target", node), "lineno", 0))


def _words(node: ast.AST | None) -> str:
    """One line at most, of what a reader needs to know the change."""
    return "nothing" if node is None or isinstance(node, ast.Pass) else ast.unparse(node).partition("\n")[0]


# --- expressions -----------------------------------------------------------------------------


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for number, operator in enumerate(node.ops):
        for other in OTHER_COMPARISONS.get(type(operator), ()):
            ops = [*node.ops[:number], other(), *node.ops[number + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    other = OTHER_ARITHMETIC.get(type(node.op))
    if other:
        yield "arithmetic", ast.BinOp(node.left, other(), node.right)


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    yield "boolean", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for number in range(len(node.values)):
        left = [value for place, value in enumerate(node.values) if place != number]
        yield "operand", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _sign(node: ast.UnaryOp) -> Iterator[Change]:
    yield "negation", node.operand


def _constant(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool():
            yield "constant", ast.Constant(not node.value)
        case int():
            yield "constant", ast.Constant(node.value + 1)
        case str() if node.value:
            yield "text", ast.Constant("")


def _conditional(node: ast.IfExp) -> Iterator[Change]:
    if not _is_turned_round_elsewhere(node.test):
        yield "condition", ast.IfExp(node.test, node.orelse, node.body)


def _slice(node: ast.Slice) -> Iterator[Change]:
    if node.lower:
        yield "slice", ast.Slice(None, node.upper, node.step)
    if node.upper:
        yield "slice", ast.Slice(node.lower, None, node.step)


def _call(node: ast.Call) -> Iterator[Change]:
    name = node.func
    if isinstance(name, ast.Name) and name.id in OTHER_CALLS:
        yield "call", ast.Call(ast.Name(OTHER_CALLS[name.id], ast.Load()), node.args, node.keywords)
    if isinstance(name, ast.Attribute) and name.attr in OTHER_METHODS:
        other = ast.Attribute(name.value, OTHER_METHODS[name.attr], ast.Load())
        yield "call", ast.Call(other, node.args, node.keywords)
    for number, keyword in enumerate(node.keywords):
        if keyword.arg:
            left = node.keywords[:number] + node.keywords[number + 1 :]
            yield "argument", ast.Call(node.func, node.args, left)


def _comprehension(node: ast.comprehension) -> Iterator[Change]:
    for number in range(len(node.ifs)):
        left = node.ifs[:number] + node.ifs[number + 1 :]
        yield "filter", ast.comprehension(node.target, node.iter, left, node.is_async)


# --- statements ------------------------------------------------------------------------------


def _condition(node: ast.If | ast.While) -> Iterator[Change]:
    if not _is_turned_round_elsewhere(node.test):
        yield "condition", type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)


def _is_turned_round_elsewhere(test: ast.expr) -> bool:
    """By a change of its `not`, or of its comparison."""
    return isinstance(test, ast.UnaryOp) or (isinstance(test, ast.Compare) and len(test.ops) == 1)


def _return(node: ast.Return) -> Iterator[Change]:
    """None in place of False or "" is seldom another answer; those have changes of their own."""
    if node.value and not (isinstance(node.value, ast.Constant) and not node.value.value):
        yield "return", ast.Return(ast.Constant(None))


def _deleted(_node: ast.stmt) -> Iterator[Change]:
    yield "statement", ast.Pass()


def _case(node: ast.match_case) -> Iterator[Change]:
    if node.guard:
        yield "condition", ast.match_case(node.pattern, None, node.body)


def _jump(node: ast.Break | ast.Continue) -> Iterator[Change]:
    yield "jump", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _defaults(node: ast.arguments) -> Iterator[Change]:
    """The last default goes: who does not name the argument is told so."""
    if node.defaults:
        yield "default", ast.arguments(**{**dict(ast.iter_fields(node)), "defaults": node.defaults[1:]})


OPERATORS: dict[type[ast.AST], tuple[Operator, ...]] = {
    ast.Compare: (_comparison,),
    ast.BinOp: (_arithmetic,),
    ast.BoolOp: (_boolean,),
    ast.UnaryOp: (_sign,),
    ast.Constant: (_constant,),
    ast.IfExp: (_conditional,),
    ast.Slice: (_slice,),
    ast.Call: (_call,),
    ast.comprehension: (_comprehension,),
    ast.If: (_condition,),
    ast.While: (_condition,),
    ast.Return: (_return,),
    ast.Expr: (_deleted,),
    ast.AugAssign: (_deleted,),
    ast.Raise: (_deleted,),
    ast.match_case: (_case,),
    ast.Break: (_jump,),
    ast.Continue: (_jump,),
    ast.arguments: (_defaults,),
}
