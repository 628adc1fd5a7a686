"""Every message of the product, found in its code: the fixed words of each, `…` for what varies.

A message is what reaches one of the places of `SINKS`, also through variables, conditional expressions,
parameters of functions in between, and what functions return.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from reconciler import errors
from reconciler.desired.findings import SUMMARIES
from tests.docs.blocks import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
HOLE: Final = "…"


class Sink(NamedTuple):
    """Where a message arrives: the argument that holds it, by place and by name, and what kind it is."""

    kind: str
    position: int
    keyword: str
    packages: tuple[str, ...] = ()
    """Only there the name means this; none: everywhere."""


STOPS: Final = sorted(
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.ReconcilerError)
)
SINKS: Final[Mapping[str, Sink]] = {
    "Problem": Sink("problem", 1, "summary"),
    **{name: Sink(name, 0, "summary") for name in STOPS},
    "PersonError": Sink("person", 1, "summary"),
    "BadParameter": Sink("usage", 0, "message", ("cli",)),
    "UsageError": Sink("usage", 0, "message", ("cli",)),
    "warn": Sink("said", 0, "line", ("cli",)),
    "Refused": Sink("failure", 0, "reason", ("helloid",)),
    "Later": Sink("failure", 0, "reason", ("helloid",)),
    "ended": Sink("failure", 2, "error", ("applier",)),
    "Moved": Sink("moved", 0, "reason", ("helloid",)),
    "Done": Sink("note", 3, "note", ("helloid",)),
    "Entry": Sink("failure", 3, "error", ("applier",)),
    "broken": Sink("stale", -1, "", ("applier",)),
    "notify": Sink("warning", -1, "", ("flows",)),
    "_why_idle": Sink("warning", -1, "", ("governance",)),
    "_doubt": Sink("warning", -1, "", ("governance",)),
    "_loses_its_name": Sink("warning", -1, "", ("governance",)),
    "became_somebody_s": Sink("stale", -1, "", ("applier",)),
    "_came_back": Sink("stale", -1, "", ("applier",)),
    "_became_ours": Sink("stale", -1, "", ("applier",)),
    "_dropped": Sink("stale", -1, "", ("applier",)),
}
"""By the name that is called. Where no argument is named, what the function returns is the message."""

NOT_OURS: Final = ("sandbox",)
"""The embedded tenant's answers are HelloID's words, not ours."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `code` only of a problem; `place` is where it is made."""

    kind: str
    text: str
    place: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Scope:
    """A module, and the functions around a piece of its code, innermost last."""

    module: "_Module"
    functions: tuple[Function, ...] = ()

    def place(self, node: ast.AST) -> str:
        return f"{self.module.path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@dataclass(frozen=True, slots=True)
class _Module:
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.path.relative_to(ROOT / "reconciler").parts[0]


@dataclass(frozen=True, slots=True)
class _Call:
    scope: _Scope
    node: ast.Call


class Unclear(Exception):
    """The words of a message cannot be read from the code."""


class Finder:
    """The product's code, and what is called, defined and named in it."""

    def __init__(self) -> None:
        self.calls: defaultdict[str, list[_Call]] = defaultdict(list)
        self.functions: defaultdict[str, list[tuple[_Scope, Function]]] = defaultdict(list)
        self.warnings: list[tuple[_Scope, ast.expr]] = []
        for path in sorted((ROOT / "reconciler").rglob("*.py")):
            module = _Module(path, ast.parse(path.read_text("utf-8")))
            if module.package not in NOT_OURS:
                self._index(_Scope(module), module.tree)

    def _index(self, scope: _Scope, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, Function):
                self.functions[child.name].append((scope, child))
                inner = _Scope(scope.module, (*scope.functions, child))
            elif isinstance(child, ast.ClassDef):
                self._calls_of_base(scope, child)
            elif isinstance(child, ast.Call):
                self.calls[_name(child.func)].append(_Call(scope, child))
                if _is_warning_list(child.func):
                    self.warnings.append((scope, child.args[0]))
            self.warnings.extend((scope, each) for each in _kept_warnings(child))
            self._index(inner, child)

    def _calls_of_base(self, scope: _Scope, made: ast.ClassDef) -> None:
        """Keep what a reason to stop hands to the reason that it is a kind of."""
        bases = set[str]() if made.name in STOPS else {_name(each) for each in made.bases}
        for base in bases & set(STOPS):
            for node in ast.walk(made):
                if isinstance(node, ast.Call) and _name(node.func) == "__init__":
                    self.calls[base].append(_Call(scope, node))

    def messages(self) -> Iterator[Message]:
        """Yield every message. Raises Unclear where its words cannot be read."""
        for code, summary in SUMMARIES.items():
            yield Message("problem", summary, "reconciler/desired/findings.py", code)
        for name, sink in SINKS.items():
            for call in self.calls[name]:
                if not sink.packages or call.scope.module.package in sink.packages:
                    yield from self._arriving(call, name, sink)
        for scope, said in self.warnings:
            for text in self.words(said, scope):
                yield Message("warning", text, scope.place(said))

    def _arriving(self, call: _Call, name: str, sink: Sink) -> Iterator[Message]:
        place = call.scope.place(call.node)
        if sink.position < 0:
            for scope, function in self.functions[name]:
                for text in self._returned(scope, function, frozenset()):
                    yield Message(sink.kind, text, place)
            return
        given = _argument(call.node, sink.position, sink.keyword)
        if given is None or _is_table(given):
            return
        codes = _argument(call.node, 0, "code") if sink.kind == "problem" else None
        if codes is not None:
            yield from self._problems(call, codes, given)
            return
        for text in self.words(given, call.scope):
            yield Message(sink.kind, text, place)

    def _problems(self, call: _Call, code: ast.expr, summary: ast.expr) -> Iterator[Message]:
        """Pair codes and summaries: given together, or both handed on by one function's callers."""
        together = [(call, code, summary)]
        parameters = [_parameter(each, call.scope) for each in (code, summary)]
        if all(parameters):
            function = call.scope.functions[-1]
            together = [
                (outer, first, second)
                for outer in self._callers(call.scope, function)
                if (first := self._handed(outer, function, code)) is not None
                and (second := self._handed(outer, function, summary)) is not None
            ]
        for outer, first, second in together:
            for each in self.words(first, outer.scope):
                for text in self.words(second, outer.scope):
                    yield Message("problem", text, outer.scope.place(outer.node), each)

    def words(
        self, node: ast.expr, scope: _Scope, seen: frozenset[object] = frozenset()
    ) -> set[str]:
        """Return what an expression can say, `…` for what varies."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.Constant(value=None):
                return set()
            case ast.JoinedStr(values=parts):
                return self._joined(parts, scope, seen)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return {
                    _merged(a + b)
                    for a in self.words(left, scope, seen)
                    for b in self.words(right, scope, seen)
                }
            case ast.IfExp(body=body, orelse=otherwise):
                return self.words(body, scope, seen) | self.words(otherwise, scope, seen)
            case ast.BoolOp(values=values):
                return set[str]().union(*(self.words(each, scope, seen) for each in values))
            case ast.NamedExpr(value=value) | ast.Starred(value=value) | ast.Await(value=value):
                return self.words(value, scope, seen)
            case ast.Tuple(elts=[first, *_]):
                return self.words(first, scope, seen)
            case ast.Name():
                return self._named(node, scope, seen)
            case ast.Call():
                return self._called(node, scope, seen)
            case ast.Attribute() | ast.Subscript():
                return set()  # handed on from another message
            case _:
                raise Unclear(f"{scope.place(node)}: {ast.unparse(node)}")

    def _joined(
        self, parts: Sequence[ast.expr], scope: _Scope, seen: frozenset[object]
    ) -> set[str]:
        texts = {""}
        for part in parts:
            said = {HOLE}
            if isinstance(part, ast.Constant):
                said = {str(part.value)}
            elif isinstance(part, ast.FormattedValue) and _is_word(part.value, scope):
                said = self.words(part.value, scope, seen) or {HOLE}
            texts = {text + each for text in texts for each in said}
        return {_merged(text) for text in texts}

    def _named(self, node: ast.Name, scope: _Scope, seen: frozenset[object]) -> set[str]:
        key = (node.id, scope)
        if key in seen:
            return set()
        seen |= {key}
        for depth in range(len(scope.functions), 0, -1):
            function = scope.functions[depth - 1]
            inside = _Scope(scope.module, scope.functions[:depth])
            tabled = list(self._tabled(function, node.id, inside))
            if tabled:
                return set[str]().union(*(self.words(each, inside, seen) for each in tabled))
            assigned = list(_assigned(function, node.id))
            if assigned:
                return set[str]().union(*(self.words(each, inside, seen) for each in assigned))
            if _is_taken_from_elsewhere(function, node.id):
                return set()
            if node.id in _parameters(function):
                outside = _Scope(scope.module, scope.functions[: depth - 1])
                return self._handed_in(node, outside, function, seen)
        for value in _constants(scope.module, node.id):
            return self.words(value, _Scope(scope.module), seen)
        return self._elsewhere(node, scope, seen)

    def _tabled(self, function: Function, name: str, scope: _Scope) -> Iterator[ast.expr]:
        """Yield the column of a table from which a name is taken together with others."""
        for node in ast.walk(function):
            match node:
                case (
                    ast.Assign(targets=[ast.Tuple(elts=targets)], value=source)
                    | ast.For(target=ast.Tuple(elts=targets), iter=source)
                ) if not isinstance(source, ast.Tuple):
                    for n, each in enumerate(targets):
                        if isinstance(each, ast.Name) and each.id == name:
                            for row in self._rows(source, scope):
                                if len(row.elts) == len(targets):
                                    yield row.elts[n]
                case _:
                    pass

    def _rows(self, source: ast.expr, scope: _Scope) -> Iterator[ast.Tuple]:
        for node in ast.walk(source):
            match node:
                case ast.Tuple():
                    yield node
                case ast.Name(id=name):
                    for value in _constants(scope.module, name):
                        yield from self._rows(value, scope)
                case ast.Call(func=called):
                    for around, function in self._meant(called, scope):
                        for each in ast.walk(function):
                            if isinstance(each, ast.Return) and each.value is not None:
                                yield from self._rows(each.value, around)
                case _:
                    pass

    def _elsewhere(self, node: ast.Name, scope: _Scope, seen: frozenset[object]) -> set[str]:
        for statement in ast.walk(scope.module.tree):
            if not isinstance(statement, ast.ImportFrom) or not statement.module:
                continue
            if any(each.name == node.id for each in statement.names):
                path = ROOT.joinpath(*statement.module.split(".")).with_suffix(".py")
                module = _Module(path, ast.parse(path.read_text("utf-8")))
                return self._named(node, _Scope(module), seen)
        raise Unclear(f"{scope.place(node)}: {node.id}")

    def _handed_in(
        self, node: ast.Name, scope: _Scope, function: Function, seen: frozenset[object]
    ) -> set[str]:
        found = set[str]()
        for outer in self._callers(scope, function):
            given = self._handed(outer, function, node)
            if given is not None:
                found |= self.words(given, outer.scope, seen)
        return found

    def _callers(self, scope: _Scope, function: Function) -> list[_Call]:
        return [
            c for c in self.calls[function.name] if c.scope.module.package == scope.module.package
        ]

    def _handed(self, call: _Call, function: Function, node: ast.expr) -> ast.expr | None:
        assert isinstance(node, ast.Name)
        names = _parameters(function)
        position = names.index(node.id) - (1 if names[:1] in (["self"], ["cls"]) else 0)
        return _argument(call.node, position, node.id)

    def _called(self, node: ast.Call, scope: _Scope, seen: frozenset[object]) -> set[str]:
        found = set[str]()
        for around, function in self._meant(node.func, scope):
            if function not in seen:
                found |= self._returned(around, function, seen | {function})
        return found or {HOLE}

    def _meant(self, called: ast.expr, scope: _Scope) -> Iterator[tuple[_Scope, Function]]:
        """Yield the functions of the same module or of one that it imports from."""
        name = _name(called)
        near = {scope.module.path} | {
            ROOT.joinpath(*each.module.split(".")).with_suffix(".py")
            for each in ast.walk(scope.module.tree)
            if isinstance(each, ast.ImportFrom) and each.module
        }
        for around, function in self.functions[name]:
            if around.module.path in near:
                yield around, function

    def _returned(self, scope: _Scope, function: Function, seen: frozenset[object]) -> set[str]:
        inside = _Scope(scope.module, (*scope.functions, function))
        found = set[str]()
        for node in ast.walk(function):
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                found |= self.words(node.value, inside, seen)
        return found


def _constants(module: _Module, name: str) -> Iterator[ast.expr]:
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            single = isinstance(statement, ast.AnnAssign)
            targets = [statement.target] if single else statement.targets
            if any(isinstance(each, ast.Name) and each.id == name for each in targets):
                yield statement.value


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_warning_list(function: ast.expr) -> bool:
    match function:
        case ast.Attribute(attr="append" | "extend", value=ast.Attribute(attr="warnings")):
            return True
        case _:
            return False


def _kept_warnings(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a statement puts into a variable for warnings."""
    match node:
        case ast.Assign(targets=[ast.Name(id="warning")], value=ast.JoinedStr() | ast.Constant()):
            yield node.value
        case ast.Assign(targets=[ast.Name(id="warnings")], value=ast.Tuple(elts=items)):
            yield from (each for each in items if not isinstance(each, ast.Starred))
        case _:
            pass


def _is_table(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and _name(node.value) == "SUMMARIES"


def _is_word(node: ast.expr, scope: _Scope) -> bool:
    """Tell whether a name in a text stands for one of a few words that are written in the same function."""
    if not isinstance(node, ast.Name) or not scope.functions:
        return False
    assigned = list(_assigned(scope.functions[-1], node.id))
    return bool(assigned) and all(
        isinstance(each, ast.IfExp)
        and isinstance(each.body, ast.Constant)
        and isinstance(each.orelse, ast.Constant)
        for each in assigned
    )


def _merged(text: str) -> str:
    while HOLE * 2 in text:
        text = text.replace(HOLE * 2, HOLE)
    return text


def _argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    for each in call.keywords:
        if each.arg == keyword:
            return each.value
    for n, each in enumerate(call.args[: position + 1]):
        if isinstance(each, ast.Starred):
            return each
        if n == position:
            return each
    return None


def _parameter(node: ast.expr, scope: _Scope) -> bool:
    return (
        isinstance(node, ast.Name)
        and bool(scope.functions)
        and node.id in _parameters(scope.functions[-1])
    )


def _is_taken_from_elsewhere(function: Function, name: str) -> bool:
    """Tell whether a name is bound by a loop, a pattern or a handler: it hands another message on."""
    for node in ast.walk(function):
        match node:
            case ast.For(target=target) | ast.comprehension(target=target):
                if any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(target)):
                    return True
            case ast.MatchAs(name=bound) | ast.ExceptHandler(name=bound) if bound == name:
                return True
            case _:
                pass
    return False


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _assigned(function: Function, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for each, value in zip(targets, values, strict=False):
                    if isinstance(each, ast.Name) and each.id == name:
                        yield value
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case _:
                pass
