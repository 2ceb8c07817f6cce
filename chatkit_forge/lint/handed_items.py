"""Where an item goes in a function that stores it: on as a whole, or only what is read of it."""

import ast
from collections.abc import Set

from .classes import Class
from .module import Function, Module, within
from .stores import called_function

# What everybody keeps, and what a message says: who reads more writes items down field by field.
_COMMON = frozenset({"id", "thread_id", "created_at", "type", "content", "text"})
_BY_HAND = 3
_ASKS = frozenset({"isinstance", "getattr", "hasattr", "type", "str", "repr"})


def is_seen_through(part: Function, item: str, fields: Set[str]) -> bool:
    """Say whether all that a helper takes of an item can be read in it.

    `fields` are those of all types of items. A decorator may run another function instead, and
    one that does nothing with the item is there to be written anew.
    """
    named = (last.id for last in part.decorator_list if isinstance(last, ast.Name))
    if len(part.decorator_list) > sum(name in {"staticmethod", "classmethod"} for name in named):
        return False
    if not any(isinstance(n, ast.Name) and n.id == item for n in within(part, ast.Name)):
        return False
    read = {
        node.attr
        for node in within(part, ast.Attribute)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == item
    }
    return len(read & fields - _COMMON) < _BY_HAND


def is_passed_on(store: Class, module: Module, node: ast.Name, seen: Set[Function]) -> bool:
    """Say whether an item goes somewhere whole, and not only to what is `seen` as well."""
    parent = module.parents.get(node)
    parent = module.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    match parent:
        case ast.Attribute(attr=name):
            # `item.__dict__`, `item.model_extra`, or a method that may make anything of it.
            outer = module.parents.get(parent)
            is_called = isinstance(outer, ast.Call) and outer.func is parent
            return is_called or name.startswith(("_", "model_"))
        case ast.Compare() | ast.FormattedValue():
            return False
        case ast.BoolOp() | ast.UnaryOp() | ast.If() | ast.IfExp():
            return not _is_asked(module, node)
        case ast.Match(cases=cases):
            # `case UserMessageItem() as said` gives it another name.
            return any(isinstance(c.pattern, ast.MatchAs) and c.pattern.name for c in cases)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)):
            method = store.method(name)
            return method is None or method[0] not in seen
        case ast.Call(func=ast.Name(id="getattr"), args=[_, field, *_]):
            return not isinstance(field, ast.Constant)
        case ast.Call(func=ast.Name(id=name)):
            helper = called_function(store, module, name)
            return name not in _ASKS and (helper is None or helper[0] not in seen)
        case _:
            return True


def _is_asked(module: Module, node: ast.AST) -> bool:
    """Say whether a value is only tested: `if item and item.content`, not `item or None`."""
    match module.parents.get(node):
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp() as outer:
            return _is_asked(module, outer)
        case ast.If(test=test) | ast.IfExp(test=test):
            return test is node
        case _:
            return False
