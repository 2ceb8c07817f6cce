"""Which columns and fields hold a time: by their name, or by what they are declared to be."""

import ast
import re

from .module import Module, within

_NAMED = re.compile(
    r"created\w*|updated\w*|modified\w*|timestamp\w*|ts|at|time|moment|instant|when|stamp|date\w*"
    r"|epoch\w*|posted|sent|written|inserted|started"
    r"|\w+_(?:at|ts|time|date|stamp|timestamp|epoch|ms|us|ns|millis|micros)",
    re.IGNORECASE,
)
_DECLARED = re.compile(
    r"^[\s,(]*[\"'`]?(\w+)[\"'`]?\s+(?:timestamp|timestamptz|datetime)\b", re.I | re.M
)
_TYPES = frozenset({"datetime", "DateTime", "TIMESTAMP", "DateTimeField", "AwareDatetime"})


def is_time(name: str, module: Module | None = None) -> bool:
    """Say whether a column holds a time, by its name or by what its module says of it."""
    if _NAMED.fullmatch(name) is not None:
        return True
    return module is not None and name.lower() in _declared(module)


def _declared(module: Module) -> frozenset[str]:
    """Return the columns and fields that a module declares as times, in lower case."""
    key = ("times", module.tree)
    if key not in module.known:
        module.known[key] = frozenset(_in_tables(module) | _in_classes(module))
    return module.known[key]


def _in_tables(module: Module) -> set[str]:
    found: set[str] = set()
    for node in module.nodes(ast.Constant):
        # A column's name and type stand behind these twelve letters.
        if not isinstance(node.value, str) or len(node.value) < 20:
            continue
        if "create table" in node.value.lower():
            found |= {match[1].lower() for match in _DECLARED.finditer(node.value)}
    return found


def _in_classes(module: Module) -> set[str]:
    found: set[str] = set()
    for owner in module.nodes(ast.ClassDef):
        for line in owner.body:
            match line:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                    parts = [kind, *([value] if value is not None else [])]
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                    parts = [value]
                case _:
                    continue
            if any(_is_type(part) for part in parts):
                found.add(name.lower())
    return found


def _is_type(part: ast.expr) -> bool:
    for node in (part, *within(part, ast.Name, ast.Attribute)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in _TYPES:
                return True
            case _:
                continue
    return False
