"""Functions that a web framework calls to answer a request."""

import ast

from .dependencies import is_dependency
from .frames import Frame
from .module import FUNCTIONS, Function, within

ROUTES = frozenset({
    "get", "post", "put", "patch", "delete", "api_route", "route", "websocket", "websocket_route",
})  # fmt: skip


def is_route(function: Function) -> bool:
    """Say whether a decorator makes a function answer requests."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in ROUTES
        for each in function.decorator_list
    )


def part_of_address(frame: Frame, parameter: ast.arg) -> str | None:
    """Return the part of the address that a plain parameter is, where a framework fills it."""
    if not _is_called_by_framework(frame, parameter):
        return None
    function = frame.module.parents.get(frame.module.parents[parameter])
    in_path = isinstance(function, FUNCTIONS) and _is_in_path(function, parameter.arg)
    return "path" if in_path else "query"


def _is_called_by_framework(frame: Frame, parameter: ast.arg) -> bool:
    """Say whether a function is a route, or what a route depends on."""
    function = frame.module.parents.get(frame.module.parents[parameter])
    if not isinstance(function, FUNCTIONS) or function is not frame.function:
        return False
    if is_route(function):
        return True
    return frame.caller is not None and not frame.given and is_dependency(frame, function)


def _is_in_path(function: Function, name: str) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and f"{{{name}" in each.value
        for decorator in function.decorator_list
        for each in within(decorator, ast.Constant)
    )
