"""Removals that fail by themselves where there is nothing to remove: no key, no file, no row."""

import ast
import re
from itertools import takewhile

from .binders import value_of
from .classes import Class
from .containers import held, named
from .flow import words_in
from .module import FUNCTIONS, Module, within

# Errors that say that something is not there.
_MISSING = re.compile(r"NotFound|DoesNotExist|Missing|NoResult|LookupError|KeyError|NoSuch")
_IDS = frozenset({"thread_id", "item_id", "attachment_id"})


def may_fail(store: Class, module: Module, node: ast.AST) -> bool:
    """Say whether a deletion fails where there is nothing: no key, no file, no row."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[key]):
            fails = named(value) in held(store) and not isinstance(key, ast.Constant)
            fails = fails or (isinstance(key, ast.Name) and key.id in _IDS)
        case ast.Call(args=[ast.Attribute(attr="unlink")], keywords=[]):
            fails = True  # `asyncio.to_thread(path.unlink)`
        case ast.Call(func=ast.Attribute(value=value, attr="remove"), args=[_]):
            fails = named(value) in held(store) or _resolved(module, node) == "os.remove"
        case ast.Call(func=ast.Attribute(attr="unlink"), args=[], keywords=[]):
            fails = True
        case ast.Call(func=ast.Attribute(attr="unlink" | "rmtree"), keywords=[]):
            fails = _resolved(module, node) in {"os.unlink", "shutil.rmtree"}
        case ast.Call(func=ast.Attribute(attr="delete_item")):
            fails = "azure.cosmos" in module.text
        case ast.Call(func=ast.Attribute(value=value, attr="get" | "aget"), args=[]) if _is_model(
            value
        ) and any(map(_is_an_id, node.keywords)):
            fails = True  # Django's and Tortoise's, which raise DoesNotExist
        case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp()]):
            fails = True
        case ast.Call(func=ast.Attribute(value=value, attr="scalar_one" | "one")):
            return _is_executed(module, node, value) and not _tried(module, node)
        case ast.Call(func=ast.Attribute(attr="delete"), args=[ast.Name(id=row)]):
            # `session.delete(None)` raises.
            fails = _loaded(module, node, row)
        case ast.Delete(targets=[ast.Subscript(value=value, slice=key)]):
            fails = named(value) in held(store)
            fails = fails or (isinstance(key, ast.Name) and key.id in _IDS)
        case _:
            return False
    return fails and not _tried(module, node) and not _asked(module, node)


def _is_executed(module: Module, node: ast.AST, value: ast.expr) -> bool:
    """Say whether this is what a statement found: `await session.execute(query)`."""
    if isinstance(value, ast.Name):
        value = value_of(module, value) or value
    value = value.value if isinstance(value, ast.Await) else value
    match value:
        case ast.Call(func=ast.Attribute(attr="execute" | "exec" | "scalars")):
            return True
        case _:
            return False


def _loaded(module: Module, node: ast.AST, row: str) -> bool:
    """Say whether a name holds what a session may not have found."""
    function = module.function_of(node)
    for each in within(function) if function else ():
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == row:
                value = value.value if isinstance(value, ast.Await) else value
                return isinstance(value, ast.Call) and (
                    isinstance(value.func, ast.Attribute)
                    and value.func.attr in {"get", "scalar", "scalar_one_or_none", "first"}
                )
            case _:
                continue
    return False


def _tried(module: Module, node: ast.AST) -> bool:
    parents = list(module.ancestors(node))
    return any(
        isinstance(p, ast.Try)
        or (isinstance(p, ast.With) and any("suppress" in words_in(i) for i in p.items))
        for p in parents
    )


def _asked(module: Module, node: ast.AST) -> bool:
    """Say whether it runs only after a look: in an `if`, in a loop, or behind a `return`."""
    inside = node
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.Match)):
            return True
        if isinstance(parent, (*FUNCTIONS, ast.With, ast.AsyncWith, ast.Try)):
            earlier = takewhile(lambda each, last=inside: each is not last, parent.body)
            if any(isinstance(each, ast.If) or _leaves_when_missing(each) for each in earlier):
                return True
        if isinstance(parent, FUNCTIONS):
            return False
        inside = parent
    return False


def _leaves_when_missing(statement: ast.stmt) -> bool:
    """Say whether a look that finds nothing ends the method: `except NotFoundError: return`."""
    return isinstance(statement, (ast.Try, ast.TryStar)) and any(
        isinstance(handler.body[-1], ast.Return)
        and handler.type is not None
        and _MISSING.search(words_in(handler.type)) is not None
        for handler in statement.handlers
    )


def _is_model(value: ast.expr) -> bool:
    """Say whether something is a class of rows, or what Django asks for them: `Row.objects`."""
    match value:
        case ast.Attribute(value=ast.Name(id=name), attr="objects") | ast.Name(id=name):
            return name[:1].isupper() and not name.isupper()
        case _:
            return False


def _is_an_id(given: ast.keyword) -> bool:
    """Say whether a row is asked for by an id; Beanie's `get(document_id=)` answers None."""
    value = given.value
    return isinstance(value, ast.Name) and value.id in _IDS and given.arg != "document_id"


def _resolved(module: Module, node: ast.Call) -> str | None:
    return module.names.resolve(node.func)
