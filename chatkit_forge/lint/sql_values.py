"""What an INSERT puts into its columns, and which argument of the call each value is."""

import ast
import re
from dataclasses import dataclass

from .binders import value_of
from .module import Module
from .sql import Query

_INSERT = re.compile(
    r"(?:insert|replace)\b[^()]*?\binto\s+[\"'`]?(?P<table>[\w.{}]+)[\"'`]?\s*"
    r"(?:\((?P<columns>[^()]*)\)\s*(?:overriding \w+ value\s*)?(?P<values>.*))?"
)


@dataclass(frozen=True, slots=True)
class Insert:
    """Hold the table, the columns in their order, and what is written for each as a value."""

    table: str
    columns: tuple[str, ...]
    values: tuple[str, ...]


def insert(text: str) -> Insert | None:
    """Return what a statement in lower case inserts, None when it inserts nothing."""
    found = _INSERT.search(text)
    if found is None:
        return None
    columns = tuple(c.strip(" \"'`[]") for c in (found["columns"] or "").split(",") if c.strip())
    after = (found["values"] or "").partition("(")
    values = tuple(listed(after[2])) if after[0].strip() in {"values", "value"} else ()
    values = values if len(values) == len(columns) else ()
    return Insert(found["table"].rpartition(".")[2], columns, values)


def written(text: str, column: str) -> str:
    """Return what stands for a column in a statement's list of values, "" when it is not there."""
    into = insert(text)
    if into is None or column not in into.columns or not into.values:
        return ""
    return into.values[into.columns.index(column)]


def given(module: Module, query: Query, column: str) -> ast.expr | None:
    """Return the argument that is bound to a column of an INSERT, where that can be seen."""
    into = insert(query.flat)
    value = written(query.flat, column)
    if into is None or not value:
        return None
    arguments, names = _arguments(module, query.node)
    name = re.fullmatch(r"(?:[:@](\w+)|%\((\w+)\)s)(?:::\w+)?", value)
    if name is not None:
        return names.get(name[1] or name[2])
    position = re.fullmatch(r"\$(\d+)(?:::\w+)?", value)
    if position is not None:
        index = int(position[1]) - 1
    elif value in {"?", "%s"}:
        index = sum(each in {"?", "%s"} for each in into.values[: into.columns.index(column)])
    else:
        return None
    if index >= len(arguments) or any(isinstance(a, ast.Starred) for a in arguments[: index + 1]):
        return None
    return arguments[index]


def _arguments(module: Module, node: ast.Call) -> tuple[list[ast.expr], dict[str, ast.expr]]:
    """Return what a call binds by position and by name, whether bare or in a tuple or a dict."""
    names = {k.arg: k.value for k in node.keywords if k.arg is not None}
    rest = list(node.args)
    if rest and _is_runner(rest[0]):
        rest = rest[1:]
    rest = [each for argument in rest[1:] for each in _spread(module, argument)]
    first = rest[0] if rest else next(iter(names.values()), None)
    if isinstance(first, ast.Name) and len(rest) <= 1:
        first = value_of(module, first) or first
    match first:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return elements, names
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            named = {str(k.value): v for k, v in pairs if isinstance(k, ast.Constant)}
            return [], {**names, **named}
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return [], {**names, **{k.arg: k.value for k in keywords if k.arg is not None}}
        case _:
            return rest, names


def _spread(module: Module, argument: ast.expr) -> list[ast.expr]:
    """Return the values of a tuple that is spread into a call, else the argument itself."""
    if not isinstance(argument, ast.Starred):
        return [argument]
    inner = argument.value
    inner = value_of(module, inner) if isinstance(inner, ast.Name) else inner
    return inner.elts if isinstance(inner, (ast.Tuple, ast.List)) else [argument]


def _is_runner(node: ast.expr) -> bool:
    """Say whether an argument is the function that runs the statement after it, in a thread."""
    match node:
        case ast.Attribute(value=ast.Name(id="self")) | ast.Attribute(attr="execute" | "run"):
            return True
        case _:
            return False


def listed(text: str) -> list[str]:
    """Return the values of a list in parentheses, up to the one that closes it."""
    found, depth, current = list[str](), 0, ""
    for letter in text:
        if letter == ")" and depth == 0:
            break
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += letter
    return [*found, current.strip()]
