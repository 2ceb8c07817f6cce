"""What a method does with an id that cannot be read: calls, statements, and keys made elsewhere."""

import ast
import builtins
import re
from collections.abc import Iterator

from .binders import value_of
from .calls import callees
from .classes import Class
from .flow import mentions, tainted
from .known_calls import LIBRARIES, READABLE, REMOVES, is_of_library
from .module import Function, Module, within
from .orm_rows import row_model
from .sql import EXECUTES
from .sql_text import text_of

Parts = list[tuple[Function, Module]]
# What runs a function that it is given, and among how many of its first arguments that is.
_HANDS_OVER = {"to_thread": 1, "run_sync": 1, "run_in_executor": 2}
_STATEMENTS = frozenset({"sql", "query", "statement", "stmt"})
_SCHEMA = re.compile(r"schema|model|table|migrat|ddl|orm|entit|rows", re.I)
# Libraries that speak of models and hold none of the project's.
_ORMS = frozenset({"django", "tortoise", "peewee", "beanie", "mongoengine", "odmantic"})
_KNOWN = LIBRARIES | _ORMS
_BY_NAME = frozenset({"getattr", "vars", "setattr", "delattr", "eval", "exec", "globals"})


def is_unread(store: Class, function: Function, parts: Parts) -> bool:
    """Say whether a method does something with its first argument that cannot be told.

    `parts` are the method and what of the project it calls. Told is what the project defines, and
    what drivers, containers and the standard library are known to do.
    """
    names = {part.name for part, _ in parts}
    for part, module in parts:
        arguments = [*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs]
        given = {each.arg for each in arguments} - {"self", "cls", "context"}
        known = tainted(part, given)
        for node in within(part, ast.Call, ast.Assign):
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(), slice=key)]):
                    # A mark of what is deleted, or a place that it is moved to.
                    if part is function and mentions(key, known):
                        return True
                case ast.Call(func=ast.Name(id=name)) if name in _BY_NAME:
                    return True
                case ast.Call() if any(mentions(each, known) for each in _arguments(node)):
                    if _is_unread_call(store, module, part, node, names):
                        return True
                case _:
                    continue
    return False


def is_schema_unseen(store: Class, module: Module) -> bool:
    """Say whether a module imports tables or classes of rows that are not among what is read."""
    key = ("schema unseen", None)
    if key not in module.known:
        module.known[key] = any(
            _SCHEMA.search(full) is not None
            and full.partition(".")[0] not in _KNOWN
            and not _is_found(store, module, full)
            for full in module.names.imported.values()
        )
    return module.known[key]


def is_all_found(store: Class, module: Module) -> bool:
    """Say whether all that a module imports is read, or a library that is well known."""
    return all(
        full.partition(".")[0] in LIBRARIES or _is_found(store, module, full)
        for full in module.names.imported.values()
    )


def _is_found(store: Class, module: Module, full: str) -> bool:
    """Say whether what a module imports by its full name stands in a file of the project."""
    return any(
        store.project.module(place, module) is not None
        for place in (full, full.rpartition(".")[0])
        if place
    )


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _is_unread_call(
    store: Class, module: Module, part: Function, call: ast.Call, names: set[str]
) -> bool:
    if any(isinstance(parent, ast.Raise) for parent in module.ancestors(call)):
        return False
    # What a helper is handed to run is named where it is handed over.
    own = {each.arg for each in part.args.args} | {
        each.name
        for each in within(part, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    match call:
        case ast.Call(func=ast.Name() as called):
            return not _is_known(store, module, call, called, names | own)
        case ast.Call(func=ast.Attribute(attr=name)) if name in names:
            return any(
                isinstance(each, (ast.Subscript, ast.Attribute, ast.Name))
                and not _is_statement(module, part, each)
                for _, each in _statements(store, module, call)
            )
        case ast.Call(func=ast.Attribute(attr=name)) if name in EXECUTES | REMOVES and _is_repeated(
            module, call
        ):
            return True
        case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in EXECUTES:
            return not _is_statement(module, part, first)
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=args):
            if name in _HANDS_OVER:
                return any(
                    each.attr not in names | READABLE
                    if isinstance(each, ast.Attribute)
                    else isinstance(each, ast.Name)
                    and not _is_known(store, module, call, each, names | own)
                    for each in args[: _HANDS_OVER[name]]
                )
            if name in REMOVES and any(isinstance(each, ast.Starred) for each in args):
                return True  # keys that something else lists
            if name in READABLE:
                return False
            if is_of_library(module, value) or callees(store, None, module, call):
                return False
            return row_model(store.project, module, call) is None
        case _:
            return True


def _statements(store: Class, module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a helper is given as the statement that it sends."""
    for callee in callees(store, None, module, call):
        yield from (pair for pair in callee.given if pair[0] in _STATEMENTS)


def _is_repeated(module: Module, call: ast.Call) -> bool:
    """Say whether a call is made for each of several, which are named elsewhere."""
    return any(
        isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.SetComp))
        for parent in module.ancestors(call)
    )


def _is_known(
    store: Class, module: Module, call: ast.Call, called: ast.Name, names: set[str]
) -> bool:
    """Say whether a plain name is a function or a class that can be seen, or is well known."""
    if called.id in names or hasattr(builtins, called.id) or is_of_library(module, called):
        return True
    full = module.names.resolve(called)
    if full is not None and store.project.find_class(full, module) is not None:
        return True
    return bool(callees(store, None, module, call))


def _is_statement(module: Module, part: Function, first: ast.expr) -> bool:
    """Say whether a statement's text can be read, or is made with SQLAlchemy's functions.

    What a helper is given as a statement is read where it is called.
    """
    own = {each.arg for each in part.args.args} & _STATEMENTS
    if isinstance(first, ast.Name) and first.id in own:
        return True
    if text_of(module, part, first)[0] is not None:
        return True
    meant = value_of(module, first) if isinstance(first, ast.Name) else first
    calls = (meant, *within(meant, ast.Call)) if meant is not None else ()
    return any(
        isinstance(each, ast.Call)
        and (
            is_of_library(module, each.func)
            or (isinstance(each.func, ast.Attribute) and each.func.attr in {"delete", "select"})
        )
        for each in calls
    )
