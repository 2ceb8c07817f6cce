"""Whether all that connections of SQLite are told stands in the code that can be read."""

import ast

from .calls import callees
from .classes import Class
from .known_calls import is_of_library
from .module import Function, Module, within
from .names import dotted
from .opened import holders, is_opening, is_sending
from .read_statements import Parts, Place, is_read
from .stores import reached


def is_all_read(store: Class) -> bool:
    """Say whether a store's connections get no statement that cannot be read, nor are handed on."""
    every: Parts = {}
    for owner in store.lineage:
        for each in owner.own.values():
            every.update(reached(store, each))
    return not any(
        _is_unread(store, every, place) or _hands_on(store, *place) for place in every.items()
    )


def _is_unread(store: Class, every: Parts, place: Place) -> bool:
    """Say whether a function opens a connection of a class of its own, or sends what is unread."""
    part, module = place
    for node in within(part, ast.Attribute, ast.Call):
        match node:
            case ast.Attribute(attr=name) if is_sending(name):
                given = _statement(module, node)
                script = name == "executescript"
                if given is None or not is_read(store, every, place, given, script=script):
                    return True
            case ast.Call(keywords=words) if is_opening(module, node):
                if any(word.arg in {None, "factory"} for word in words):
                    return True
            case _:
                continue
    return False


def _statement(module: Module, sending: ast.Attribute) -> ast.expr | None:
    """Return what is sent by a method that is called, or handed on to be called with it."""
    match module.parents.get(sending):
        case ast.Call(func=func, args=args, keywords=words):
            if func is sending:
                return args[0] if args else next((w.value for w in words if w.arg == "sql"), None)
            after = args[args.index(sending) + 1 :] if sending in args else []
            return after[0] if after else None
        case _:
            return None


def _hands_on(store: Class, part: Function, module: Module) -> bool:
    """Say whether a function gives a connection to what may tell it something out of sight."""
    held = holders(store, module, part)
    for node in within(part, ast.Call):
        if not isinstance(node, ast.Call):
            continue
        arguments = [*node.args, *(word.value for word in node.keywords)]
        others = [each for each in arguments if not _is_connection(module, each, held)]
        if len(others) == len(arguments):
            continue
        run = callees(store, None, module, node)
        if any(_is_empty(each.function) for each in run):
            return True
        # A library may run what it is handed.
        plain = any(isinstance(each, (ast.Name, ast.Attribute, ast.Lambda)) for each in others)
        if not run and (plain or not is_of_library(module, node.func)):
            return True
    return False


def _is_connection(module: Module, node: ast.expr, held: set[str]) -> bool:
    return dotted(node) in held or any(
        is_opening(module, each) for each in (node, *within(node, ast.Call))
    )


def _is_empty(function: Function) -> bool:
    """Say whether a function does nothing, so that others may fill it."""
    return all(
        isinstance(each, (ast.Pass, ast.Raise))
        or (
            isinstance(each, (ast.Expr, ast.Return))
            and not isinstance(each.value, (ast.Await, ast.Call))
        )
        for each in function.body
    )
