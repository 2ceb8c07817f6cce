"""Objects made of nothing that was looked up: of an id that was asked for, and of constants."""

import ast

from .binders import binders
from .module import Function, Module, within
from .present_time import is_now, present

# Calls that find nothing: what is made of them was not stored.
_MAKES = frozenset({
    "datetime", "timedelta", "fromtimestamp", "min", "dict", "list", "uuid4", "str", "replace",
    "isoformat", "int", "fromisoformat",
})  # fmt: skip


def is_made_up(module: Module, function: Function, node: ast.Call) -> bool:
    """Say whether a call makes an object with the present time, or of nothing that was found."""
    if any(keyword.arg is None for keyword in node.keywords) or not node.keywords:
        return False
    given = {str(keyword.arg): keyword.value for keyword in node.keywords}
    if isinstance(given.get("id"), ast.Constant):
        return False  # one that is always there, such as a demonstration
    now = present(function, module)
    plain = _Plain(module, function, now)
    if _is_filled(module, function, node, plain):
        return False
    created = given.get("created_at")
    if created is not None and _is_now(created, now):
        return True  # with some of a row's fields it is made up all the same
    if created is not None and plain.is_handed(created):
        return False
    return all(plain.is_plain(value) for value in given.values())


def _is_filled(module: Module, function: Function, node: ast.Call, plain: "_Plain") -> bool:
    """Say whether an object is only a blank, into which what was found is put afterwards."""
    match module.parents.get(node):
        case ast.Assign(targets=[ast.Name(id=blank)]):
            pass
        case _:
            return False
    for each in within(function, ast.Assign, ast.Call):
        match each:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))], value=value) if (
                name == blank and not plain.is_plain(value)
            ):
                return True
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="model_copy"),
                keywords=[ast.keyword(arg="update", value=value), *_],
            ) if name == blank and not plain.is_plain(value):
                return True
            case _:
                continue
    return False


class _Plain:
    """Say which expressions of a function hold nothing that was looked up."""

    def __init__(self, module: Module, function: Function, now: frozenset[str]) -> None:
        self._module, self._now = module, now
        self._bound = binders(module, function)
        self._parameters = {argument.arg for argument in function.args.args}
        # An item that is put into a thread says nothing of the thread.
        asked = function.name in {"add_thread_item", "save_item"}
        self._handed = set[str]() if asked else self._parameters

    def is_handed(self, value: ast.expr) -> bool:
        """Say whether a value is one that the caller had: of a row, for all that can be seen."""
        return any(
            isinstance(each, ast.Name) and each.id in self._handed
            for each in (value, *within(value, ast.Name))
        )

    def is_plain(self, value: ast.expr, depth: int = 4) -> bool:
        if is_now(value, self._now):
            return True
        kinds = (ast.Await, ast.Call, ast.Name, ast.Subscript, ast.Attribute)
        for node in (value, *within(value, *kinds)):
            match node:
                case ast.Await() | ast.Subscript():
                    return False
                case ast.Attribute(value=ast.Name(id=name)) if name in self._handed:
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
    """Say whether a value is the present time, also where only a row that is there has another."""
    if not isinstance(value, ast.IfExp):
        return is_now(value, now)
    # `created if created else now()` is of a row without one.
    is_field = isinstance(value.body, ast.Name) or within(value.test, ast.Subscript, ast.Attribute)
    is_field = is_field or isinstance(value.test, (ast.Subscript, ast.Attribute, ast.Call))
    return not is_field and _is_now(value.orelse, now)
