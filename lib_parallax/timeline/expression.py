"""Expressions such as `1.2*sin(t/10)`, compiled once into closures.

Python's parser reads the text, but nothing is ever handed to its evaluator: of the syntax tree
only the nodes that stand here become arithmetic on floats, and every other one is refused with
its place. Text, nesting and the numbers are bounded, so no input takes long.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ..errors import OptionError
from .functions import FUNCTIONS, divide, floor_divide, modulo, power

MOST_CHARACTERS = 2000
MOST_NESTED = 100

_STRANGE = re.compile(r"[^A-Za-z0-9_.+\-*/%<>=!&|~(),\s]")
_NUMBER = re.compile(r"(?<!\w)(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ALONE = re.compile(r"\s*(?:\(\s*([+-]?\d{1,15}(?:\.\d{0,20})?)\s*\)|([+-]?\d{1,15}(?:\.\d{0,20})?))\s*")
_LEADING_ZEROS = re.compile(r"^0+(?=\d)")
_HINTS = {
    "^": "powers are written **, as in t**2",
    ":": "a colon stands only between a key and its value",
    ";": "keys are parted by commas",
    '"': "only keys may stand in quotes",
    "'": "only keys may stand in quotes",
}

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60

_Evaluate = Callable[[float], float]
Value = float | _Evaluate | None  # of a name: a number, what changes over time, or not to be had here
_Kind = TypeVar("_Kind")

_ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: divide,
    ast.FloorDiv: floor_divide,
    ast.Mod: modulo,
    ast.Pow: power,
}
_COMPARISONS: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Misread(OptionError):
    """What cannot be read in a text. `position` counts its characters from 0."""

    def __init__(self, message: str, position: int):
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Expression:
    """`at(t)` is the value, which may be infinite or NaN.

    number        the value where the text is nothing but a number, else None
    is_condition  whether it is true or false, 1.0 or 0.0, such as t > 3
    """

    at: _Evaluate
    number: float | None = None
    is_condition: bool = False


def shown(value: object) -> str:
    """A value as messages quote it: in short."""
    return _SHORT.repr(value)


def parse(text: str, names: Mapping[str, Value], variable: str | None = "t") -> Expression:
    """An expression of `variable` and of `names`; a name whose value is None is not to be had here.

    A name with a point in it, such as audio.bass, may stand for what changes with `variable`.

    Raises Misread for everything that is not arithmetic with these names and the FUNCTIONS.
    """
    if number := _ALONE.fullmatch(text):
        return _constant(float(number.group(number.lastindex or 0)))
    source = _plain(text)
    start = len(source) - len(source.lstrip())
    try:
        return _Builder(names, variable).build(ast.parse(source.strip(), mode="eval").body)
    except SyntaxError as error:
        place = start + (error.offset or 1) - 1
        raise Misread("the expression cannot be read", min(max(place, 0), len(text))) from None
    except Misread as misread:
        raise Misread(str(misread), misread.position + start) from None
    except (ValueError, MemoryError, RecursionError):
        raise Misread("the expression is nested too deeply", start) from None


def _plain(text: str) -> str:
    """The text, every character in its place, as Python's parser takes it, or Misread."""
    if len(text) > MOST_CHARACTERS:
        raise Misread(f"an expression may have {MOST_CHARACTERS} characters, not {len(text)}", 0)
    if strange := _STRANGE.search(text):
        sign = strange.group()
        hint = _HINTS.get(sign, "")
        raise Misread(f"{sign!r} cannot stand in an expression" + (hint and f": {hint}"), strange.start())
    if not text.strip():
        raise Misread("an expression or a number is missing", 0)
    for number in _NUMBER.finditer(text):
        rest = text[number.end() : number.end() + 1]
        if rest == "." or rest == "_" or rest.isalnum():
            raise Misread(f"{shown(number.group())} runs into {rest!r}: is a * missing?", number.end())
    source = re.sub(r"\s", " ", text)
    return _NUMBER.sub(lambda number: _without_zeros(number.group()), source)


def _without_zeros(number: str) -> str:
    """007 is no number to Python; the zeros become space, so that places stay."""
    return _LEADING_ZEROS.sub("", number).rjust(len(number))


class _Builder:
    """Turns the nodes of a syntax tree into Expressions, innermost first."""

    def __init__(self, names: Mapping[str, Value], variable: str | None):
        self.names = names
        self.variable = variable
        self.depth = 0

    def build(self, node: ast.expr) -> Expression:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise Misread(f"the expression is nested deeper than {MOST_NESTED} levels", node.col_offset)
        built = self._build(node)
        self.depth -= 1
        return built

    def _build(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=bool() as truth):
                value = float(truth)
                return Expression(lambda t: value, is_condition=True)
            case ast.Constant(value=int() | float() as number):
                return _constant(_float(number, node))
            case ast.Name():
                return self._name(node)
            case ast.Attribute(value=ast.Name(id=family)):
                return self._member(family, node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                both = isinstance(node.op, ast.BitAnd)
                return _junction(both, [self._condition(side) for side in (node.left, node.right)])
            case ast.BinOp():
                act = _known(_ARITHMETIC, node.op, node)
                left, right = self.build(node.left).at, self.build(node.right).at
                return Expression(lambda t: act(left(t), right(t)))
            case ast.BoolOp():
                return _junction(isinstance(node.op, ast.And), [self.build(value) for value in node.values])
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp():
                return _choice(*[self.build(part) for part in (node.test, node.body, node.orelse)])
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=[]):
                raise Misread("there is nothing between the parentheses", node.col_offset)
            case ast.Tuple():
                raise Misread(
                    "a comma stands outside of a function (decimals are written with a point)",
                    node.elts[0].end_col_offset or 0,
                )
        raise _refused(node)

    def _name(self, node: ast.Name) -> Expression:
        if node.id == self.variable:
            return Expression(lambda t: t)
        if node.id in FUNCTIONS or node.id == "where":
            raise Misread(f"{node.id} is a function: write {node.id}(...)", node.col_offset)
        known = [*([self.variable] if self.variable else []), *self.names]
        if node.id not in self.names:
            raise Misread(f"{shown(node.id)} is not a name; known are {', '.join(known)}", node.col_offset)
        value = self.names[node.id]
        if value is None:
            raise Misread(f"{node.id} is not known here", node.col_offset)
        return Expression(value if callable(value) else lambda t: value)

    def _member(self, family: str, node: ast.Attribute) -> Expression:
        """A name of two words, such as audio.bass."""
        there = [name for name in self.names if "." in name]
        if family not in {"audio", *(name.partition(".")[0] for name in there)}:
            raise _refused(node)
        name = f"{family}.{node.attr}"
        if name not in there:
            known = f"there are {', '.join(there)}" if there else "there is no sound here"
            raise Misread(f"{shown(name)} is not a curve; {known}", node.col_offset)
        at = self.names[name]
        if self.variable is None or not callable(at):
            raise Misread(f"{name} changes over time and cannot be part of a key", node.col_offset)
        return Expression(at)

    def _unary(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.Invert):
            inner = self._condition(node.operand)
        else:
            inner = self.build(node.operand)
        at = inner.at
        if isinstance(node.op, (ast.Invert, ast.Not)):
            return Expression(lambda t: 0.0 if at(t) else 1.0, is_condition=True)
        sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
        if inner.number is not None:
            return _constant(sign * inner.number)
        return Expression(lambda t: sign * at(t))

    def _comparison(self, node: ast.Compare) -> Expression:
        tests = [_known(_COMPARISONS, op, node) for op in node.ops]
        first, *others = [self.build(side).at for side in (node.left, *node.comparators)]
        links = list(zip(tests, others, strict=True))

        def at(t: float) -> float:
            left = first(t)
            for test, other in links:
                right = other(t)
                if not test(left, right):
                    return 0.0
                left = right
            return 1.0

        return Expression(at, is_condition=True)

    def _condition(self, node: ast.expr) -> Expression:
        """An operand of & | ~, which bind tighter than < and would take bits of numbers apart."""
        built = self.build(node)
        if not built.is_condition:
            raise Misread(
                "& | ~ join conditions: put each in parentheses, as in (t > 3) & (t < 9)", node.col_offset
            )
        return built

    def _call(self, node: ast.Call) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise Misread("only a function can stand before a (: is a * missing?", node.func.col_offset)
        name = node.func.id
        if name == "where":
            _check_count(node, 3, 3)
            return _choice(*[self.build(argument) for argument in node.args])
        if name not in FUNCTIONS:
            known = ", ".join([*FUNCTIONS, "where"])
            raise Misread(f"{shown(name)} is not a function; known are {known}", node.col_offset)
        function = FUNCTIONS[name]
        _check_count(node, function.fewest, function.most)
        call, arguments = function.call, [self.build(argument).at for argument in node.args]
        if len(arguments) == 1:
            only = arguments[0]
            return Expression(lambda t: call(only(t)))
        return Expression(lambda t: call(*[argument(t) for argument in arguments]))


def _constant(number: float) -> Expression:
    return Expression(lambda t: number, number=number)


def _junction(all_of_them: bool, parts: list[Expression]) -> Expression:
    terms = [part.at for part in parts]
    if all_of_them:
        return Expression(lambda t: float(all(term(t) for term in terms)), is_condition=True)
    return Expression(lambda t: float(any(term(t) for term in terms)), is_condition=True)


def _choice(test: Expression, yes: Expression, no: Expression) -> Expression:
    decide, first, second = test.at, yes.at, no.at
    both = yes.is_condition and no.is_condition
    return Expression(lambda t: first(t) if decide(t) else second(t), is_condition=both)


def _check_count(node: ast.Call, fewest: int, most: int | None) -> None:
    if node.keywords:
        raise Misread("arguments have no names here", node.keywords[0].col_offset)
    count = len(node.args)
    if count < fewest or (most is not None and count > most):
        wanted = f"{fewest} or more" if most is None else " or ".join(map(str, range(fewest, most + 1)))
        name = node.func.id if isinstance(node.func, ast.Name) else "the function"
        raise Misread(f"{name} takes {wanted} arguments, not {count}", node.col_offset)


def _float(number: float, node: ast.expr) -> float:
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        raise Misread("the number is too large", node.col_offset)
    return value


def _known(table: Mapping[type, _Kind], op: ast.operator | ast.cmpop, node: ast.expr) -> _Kind:
    if type(op) not in table:
        raise _refused(node)
    return table[type(op)]


def _refused(node: ast.expr) -> Misread:
    return Misread("only numbers, names, operators and functions may stand here", node.col_offset)
