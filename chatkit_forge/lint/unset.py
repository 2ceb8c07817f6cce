"""Connections that begin as None: attributes of a class, names of a module."""

import ast

from .classes import Class
from .first_values import none_at_first, stored
from .module import Function, Module, within


def attributes_unset(owner: Class) -> frozenset[str]:
    """Return the attributes of a class that are None until something else gives them a value."""
    key = ("unset", owner.node)
    if key not in owner.module.known:
        begun = owner.method("__init__")
        found = _none_in_class(owner, begun[0] if begun else None)
        if begun is not None:
            found |= none_at_first(begun[0]) - _made_at_first(owner, begun[0])
        owner.module.known[key] = frozenset(found - _given_by_heirs(owner))
    return owner.module.known[key]


def names_unset(module: Module) -> frozenset[str]:
    """Return the names at the top of a module that begin as None and that a function sets."""
    key = ("unset", module.tree)
    if key not in module.known:
        later = {name for node in module.nodes(ast.Global) for name in node.names}
        empty: set[str] = set()
        for node in module.body if later else ():
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None))
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=None))
                ):
                    empty.add(name)
                case ast.Assign(targets=targets):
                    empty -= {each.id for each in targets if isinstance(each, ast.Name)}
                case _:
                    continue
        module.known[key] = frozenset(empty & later)
    return module.known[key]


def _none_in_class(owner: Class, begun: Function | None) -> set[str]:
    """Return the attributes that class bodies begin with None; the nearest class counts."""
    seen: dict[str, bool] = {}
    for each in owner.lineage:
        for node in each.node.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    seen.setdefault(name, _is_none(value))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    seen.setdefault(name, _is_none(value))
                case _:
                    continue
    names = {name for name, is_none in seen.items() if is_none}
    return names - stored(begun) if begun is not None else names


def _is_none(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=None):
            return True
        case ast.Call(func=ast.Name(id="field" | "Field") | ast.Attribute(attr="field")):
            return any(k.arg == "default" and _is_none(k.value) for k in value.keywords)
        case _:
            return False


def _made_at_first(owner: Class, begun: Function) -> set[str]:
    """Return the attributes that a method which `__init__` calls gives a value."""
    found: set[str] = set()
    for node in within(begun, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                method = owner.method(name)
                found |= stored(method[0]) if method is not None else set()
            case _:
                continue
    return found


def _given_by_heirs(owner: Class) -> set[str]:
    """Return the attributes that a class of the file, derived from this one, fills."""
    found: set[str] = set()
    for each in owner.project.classes(owner.module).values():
        if each.node is owner.node or owner.node not in [c.node for c in each.lineage]:
            continue
        for node in each.node.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ) if not _is_none(value):
                    found.add(name)
                case ast.FunctionDef(name="__init__"):
                    found |= stored(node) - none_at_first(node)
                case _:
                    continue
    return found
