"""Handlers that know who asks, and contexts that say the same whoever it is."""

import ast
import re
from typing import TypeGuard

from .dependencies import dependency
from .frames import Frame, parameters
from .identity import slots
from .module import within
from .names import last_name
from .people import is_who, words
from .request import is_request
from .request_state import is_state
from .values import follow

_SIGNED_IN = frozenset({"user", "auser", "current_user", "identity", "principal", "user_id"})
_ASKS = re.compile(r"(get_|load_)?(current|signed_in|logged_in|session)_?\w*user|authorized_userid")


def says_the_same(frame: Frame, context: ast.expr) -> bool:
    """Say whether every place of a context for the one who asks is written down as a constant."""
    module, value = follow(frame.project, frame.module, context)
    if isinstance(value, ast.Constant):
        return False
    function = frame.function if module is frame.module else None
    places = list(slots(Frame(frame.project, module, function), value))
    named = [each for each in places if each.key and each.is_who]
    if not named or any(not each.key for each in places):
        return False
    # Whoever asks may go by another name than is known here.
    return all(
        isinstance(follow(each.frame.project, each.frame.module, each.value)[1], ast.Constant)
        for each in places
    )


def knows_user(frame: Frame) -> bool:
    """Say whether a handler was told who asks: by a dependency, the session, what signed him in."""
    if frame.function is None or _is_told_otherwise(frame):
        return False
    for parameter, default in parameters(frame.function):
        if dependency(frame, parameter, default) is not None and _is_person(parameter):
            return True
    for node in within(frame.function, ast.Attribute, ast.Subscript, ast.Call):
        match node:
            case ast.Attribute(value=inner, attr=name) if name in _SIGNED_IN:
                held = is_request(frame, inner) or is_state(frame, inner)
                if held or getattr(inner, "attr", "") in {"state", "ctx"}:
                    return True
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))) if is_who(key):
                if last_name(inner) in {"session", "claims"}:
                    return True
            case ast.Call() if _ASKS.fullmatch(last_name(node.func)):
                return True
            case _:
                continue
    return False


def _is_told_otherwise(frame: Frame) -> bool:
    """Say whether who asks may reach the store by another way, or another call is given him."""
    if "ContextVar" in frame.module.text or frame.function is None:
        return True
    names = [last_name(each.func) for each in within(frame.function, ast.Call) if _is_call(each)]
    return names.count("process") > 1 or not {"set", "bind", "bind_contextvars"}.isdisjoint(names)


def _is_call(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call)


def _is_person(parameter: ast.arg) -> bool:
    """Say whether a parameter is for a user, by its name or its type."""
    kinds = {
        each.id
        for each in (parameter.annotation, *within(parameter, ast.Name))
        if isinstance(each, ast.Name)
    }
    return is_who(parameter.arg) or any(is_who(kind) for kind in kinds if words(kind) - {"id"})
