"""Rows of Django, Tortoise and Peewee: calls that begin with the class of rows itself."""

import ast
import re
from collections.abc import Iterator

from .binders import bound_by, value_of
from .classes import Class
from .module import Function, Module, within
from .project import Project

# Classes that rows derive from, and what is written between the class and the first method.
_BASES = {
    "django.db.models.Model": "objects",
    "tortoise.models.Model": "",
    "tortoise.Model": "",
    "peewee.Model": "",
}
_WORDS = ("objects", "tortoise", "peewee")
_LIBRARIES = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_FIRST = frozenset({
    "all", "filter", "exclude", "get", "get_or_none", "first", "get_by_id", "select", "update",
    "delete", "delete_by_id", "raw", "get_or_create", "update_or_create", "create", "bulk_create",
    "insert", "insert_many", "replace",
})  # fmt: skip
DELETES = frozenset({"delete", "adelete", "delete_instance", "_raw_delete", "delete_by_id"})
CREATES = frozenset({
    "create", "acreate", "get_or_create", "aget_or_create", "update_or_create",
    "aupdate_or_create", "bulk_create", "abulk_create", "insert", "replace", "insert_many",
})  # fmt: skip
_MANAGERS = frozenset({"django.db.models.Manager"})


def may_have_rows(module: Module) -> bool:
    """Say whether a module may ask classes of rows for their rows at all."""
    key = ("may have rows", None)
    if key not in module.known:
        # Most modules hold none of the words, which the pattern is slower to see.
        said = any(word in module.text for word in _WORDS) and _LIBRARIES.search(module.text)
        module.known[key] = bool(said) or any(
            name.rpartition(".")[0].endswith("models") for name in module.names.imported.values()
        )
    return module.known[key]


def row_model(project: Project, module: Module, node: ast.expr, depth: int = 6) -> Class | None:
    """Return the class of rows that an expression asks for rows, or is a row of."""
    manager = ""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript, ast.Await)):
        if isinstance(node, ast.Attribute):
            manager = node.attr
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name) or not depth:
        return None
    if node.id[:1].isupper():
        found = project.find_class(module.names.resolve(node) or "", module)
        wanted = _manager(found) if found is not None else None
        return found if wanted is not None and wanted in {"", manager} else None
    given = value_of(module, node) or _gone_over(module, node)
    return row_model(project, module, given, depth - 1) if given is not None else None


def row_calls(project: Project, module: Module, function: Function) -> Iterator[ast.Call]:
    """Yield the whole of each chain of calls that begins with a class of rows."""
    if not may_have_rows(module):
        return
    for node in within(function, ast.Name):
        if not (isinstance(node, ast.Name) and node.id[:1].isupper()):
            continue
        whole: ast.expr = node
        first = ""
        while isinstance(parent := module.parents.get(whole), (ast.Attribute, ast.Call)):
            if isinstance(parent, ast.Call) and parent.func is not whole:
                break
            first = first or (parent.attr if isinstance(parent, ast.Attribute) else "()")
            whole = parent
        if not isinstance(whole, ast.Call) or not (first == "objects" or first in _FIRST):
            continue
        asked = node if first != "objects" else whole
        if row_model(project, module, asked) is not None:
            yield whole


def _manager(found: Class) -> str | None:
    """Return by what the rows of a class are asked for; None where that is not all it does."""
    bases = found.foreign
    kinds = bases & _BASES.keys()
    if len(kinds) != 1 or not bases <= kinds | {"abc.ABC", "object", "typing.Generic"}:
        return None
    for each in found.lineage:
        for statement in (*each.node.body, *within(each.node, ast.Assign)):
            match statement:
                case ast.Assign(targets=[ast.Name(id="objects" | "manager")], value=value):
                    made = value.func if isinstance(value, ast.Call) else value
                    if each.module.names.resolve(made) not in _MANAGERS:
                        return None  # which may know the owner
                case _:
                    continue
    return _BASES[next(iter(kinds))]


def _gone_over(module: Module, node: ast.Name) -> ast.expr | None:
    """Return what a loop goes over whose variable this is."""
    found = bound_by(module, node)
    parent = module.parents.get(found[0]) if len(found) == 1 else None
    if isinstance(parent, (ast.For, ast.AsyncFor)) and parent.target is found[0]:
        return parent.iter
    return None
