"""Objects made of nothing that was looked up: of an id that was asked for, and of constants."""

import ast

from .binders import binders
from .module import Function, Module, within
from .stores import is_now, present

# Calls that find nothing: what is made of them was not stored.
_MAKES = frozenset({
    "datetime", "timedelta", "fromtimestamp", "min", "dict", "list", "uuid4", "str", "replace",
    "isoformat", "int", "fromisoformat",
})  # fmt: skip


def is_made_up(module: Module, function: Function, node: ast.Call) -> bool:
    """Say whether a call makes an object with the present time, or of nothing that was found."""
    if any(keyword.arg is None for keyword in node.keywords) or not node.keywords:
        return False
    now = present(function, module)
    for keyword in node.keywords:
        # With some of a row's fields it is made up all the same.
        if keyword.arg == "created_at" and _is_now(keyword.value, now):
            return True
    plain = _Plain(module, function, now)
    return all(plain.is_plain(keyword.value) for keyword in node.keywords)


class _Plain:
    """Say which expressions of a function hold nothing that was looked up."""

    def __init__(self, module: Module, function: Function, now: frozenset[str]) -> None:
        self._module, self._now = module, now
        self._bound = binders(module, function)
        self._parameters = {argument.arg for argument in function.args.args}

    def is_plain(self, value: ast.expr, depth: int = 4) -> bool:
        if is_now(value, self._now):
            return True
        kinds = (ast.Await, ast.Call, ast.Name, ast.Subscript, ast.Attribute)
        for node in (value, *within(value, *kinds)):
            match node:
                case ast.Await() | ast.Subscript():
                    return False
                case ast.Attribute(value=ast.Name(id=name)) if name in self._parameters:
                    return False
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    if name not in _MAKES and not is_now(node, self._now):
                        return False
                case ast.Name(id=name) if name in self._bound and name not in self._parameters:
                    given = [self._module.parents.get(each) for each in self._bound[name]]
                    values = [g.value for g in given if isinstance(g, ast.Assign)]
                    if depth == 0 or len(values) != len(given):
                        return False
                    if not all(self.is_plain(each, depth - 1) for each in values):
                        return False
                case _:
                    continue
        return True


def _is_now(value: ast.expr, now: frozenset[str]) -> bool:
    return is_now(value, now) or (isinstance(value, ast.IfExp) and _is_now(value.orelse, now))
