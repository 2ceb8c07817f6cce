"""Conditions that ask whether what was looked for is there, and what raises when it is not."""

import ast
import re

from .annotations import all_parameters
from .module import Function, Module, within

# Errors of Python's and of libraries' that a look-up which finds nothing ends in.
LOOKUPS = frozenset({
    "KeyError", "LookupError", "IndexError", "StopIteration", "NoResultFound", "DoesNotExist",
    "ObjectDoesNotExist",
})  # fmt: skip
_WORDS = re.compile(
    r"not found|no such|missing|does not exist|doesn't exist|unknown|not exist|^no |gone|none", re.I
)
_CERTAIN = re.compile(r"not found|no such|does not exist|doesn't exist", re.I)
# Attributes that say how something went, and nothing of what is there.
_STATES = frozenset({"ok", "success", "connected", "open", "ready", "closed", "started"})
_OWNERS = ("user", "owner", "uid", "tenant", "context", "ctx", "org", "account", "sub")


def asks_if_there(test: ast.expr) -> bool:
    """Say whether a condition holds when something was found."""
    match test:
        case ast.Name() | ast.NamedExpr():
            return True
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
        case ast.Compare(ops=[ast.In()], comparators=[ast.Attribute() | ast.Subscript()]):
            return True
        case _:
            return False


def asks_if_missing(test: ast.expr, function: Function | None = None) -> bool:
    """Say whether a condition holds when nothing was found.

    With `function`, whether the arguments themselves are good, who is asking and whether the store
    is connected are other questions.
    """
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=asked):
            return not _is_other(asked, function)
        case ast.Compare(left=asked, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return not _is_other(asked, function)
        case ast.Compare(ops=[ast.NotIn()], comparators=[listed]):
            return not _is_written_down(listed)
        case ast.Compare(ops=[ast.Is()]):
            return True
        case ast.Compare(left=asked, ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
            return value in {None, 404} or (value == 0 and _counts(asked))
        case ast.Compare(left=asked, ops=[ast.Lt()], comparators=[ast.Constant(value=1)]):
            return _counts(asked)
        case ast.BoolOp(values=values):
            return any(asks_if_missing(value, function) for value in values)
        case _:
            return False


def _is_written_down(listed: ast.expr) -> bool:
    """Say whether something is held against a list that stands in the source: kinds, orders."""
    match listed:
        case ast.Tuple() | ast.List() | ast.Set():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case _:
            return False


def _counts(asked: ast.expr) -> bool:
    match asked:
        case ast.Call(func=ast.Name(id="len")):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.endswith("count")
        case _:
            return False


def _is_other(asked: ast.expr, function: Function | None) -> bool:
    """Say whether something asked for is an argument, the one who asks, or a part of the store."""
    if function is None:
        return False
    match asked:
        case ast.NamedExpr(target=target, value=value):
            return _is_other(value, function) or _names_owner(target.id)
        case ast.Attribute(value=ast.Name(id="self" | "cls")):
            return True
        case ast.Attribute(value=inner, attr=name):
            return name in _STATES or name.startswith("is_") or _is_other(inner, function)
        case ast.Call(func=ast.Name(id="isinstance" | "callable" | "hasattr")):
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="get" | "strip")):
            return _is_argument(inner, function)
        case ast.Subscript(value=inner):
            return _is_argument(inner, function)
        case ast.Name(id=name):
            return _is_argument(asked, function) or _names_owner(name)
        case _:
            return False


def _is_argument(node: ast.expr, function: Function) -> bool:
    """Say whether a value is what a method was given; a helper may be given what was found."""
    if not isinstance(node, ast.Name):
        return False
    given = {parameter.arg for parameter in all_parameters(function.args)}
    return node.id in given and ("id" in node.id or _names_owner(node.id))


def _names_owner(name: str) -> bool:
    return any(word in name.lower() for word in _OWNERS)


def asks_for_owner(test: ast.expr) -> bool:
    """Say whether a test only asks whether somebody is signed in."""
    asked = test.operand if isinstance(test, ast.UnaryOp) else test
    asked = asked.left if isinstance(asked, ast.Compare) else asked
    words: list[str] = []
    for node in (asked, *within(asked)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                words.append(word)
            case _:
                continue
    owners = ("user", "owner", "uid", "tenant", "context")
    return bool(words) and all(any(owner in word for owner in owners) for word in words)


def about_missing(module: Module, node: ast.Raise, function: Function) -> bool:
    """Say whether an exception is raised because something was not there."""
    for parent in module.ancestors(node):
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return _at_the_end(module, node, function)
            case ast.If(test=test, orelse=orelse):
                if any(node in (each, *within(each)) for each in orelse):
                    return asks_if_there(test) or asks_if_missing(test, function)
                return asks_if_missing(test, function)
            case ast.match_case(pattern=ast.MatchSingleton(value=None)):
                return True
            case ast.match_case():
                return False
            case ast.ExceptHandler(type=kind):
                return kind is not None and bool(_kinds(module, kind) & LOOKUPS)
            case _:
                continue
    return False


def _at_the_end(module: Module, node: ast.Raise, function: Function) -> bool:
    """Say whether a function ends in raising after a search that would have returned."""
    if last(function.body) is not node or not says_missing(module, node):
        return False
    inner = within(function, ast.Return, nested=False)
    return any(isinstance(each, ast.Return) and each.value is not None for each in inner)


def last(body: list[ast.stmt]) -> ast.stmt:
    """Return the statement that a body ends with, also inside `with`."""
    end = body[-1]
    while isinstance(end, (ast.With, ast.AsyncWith)):
        end = end.body[-1]
    return end


def says_missing(module: Module, node: ast.Raise) -> bool:
    """Say whether the words of an exception are that something is not there, or its id alone."""
    match node.exc:
        case ast.Call(args=[ast.Name(id=name)]) if name.endswith(("id", "key", "name")):
            return True
        case ast.Call(args=[], keywords=[]) | ast.Name():
            return True
        case ast.expr() as raised:
            return any(
                isinstance(part, ast.Constant)
                and (part.value == 404 or _WORDS.search(str(part.value)) is not None)
                for part in within(raised, ast.Constant)
            )
        case _:
            return False


def _kinds(module: Module, kind: ast.expr) -> set[str]:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {(module.names.resolve(each) or "").rpartition(".")[2] for each in kinds}


def says_not_found(node: ast.Raise) -> bool:
    """Say whether an exception says in so many words that something was not found."""
    texts = within(node, ast.Constant)
    return any(_CERTAIN.search(str(getattr(each, "value", ""))) is not None for each in texts)


def translates(module: Module, function: Function) -> bool:
    """Say whether a decorator or context manager makes NotFoundError of other errors."""
    return any(
        (module.names.resolve(node) or "").endswith("NotFoundError")
        for node in within(function, ast.Name, ast.Attribute)
        if isinstance(node, (ast.Name, ast.Attribute))
    )
