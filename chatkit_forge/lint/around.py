"""Errors of what runs inside a decorator or a context manager, which make others of them."""

import ast
from collections.abc import Iterable, Iterator

from .classes import Class
from .missing import translates
from .module import FUNCTIONS, Function, Module, within
from .names import last_name
from .stores import called_function, reached, targets

Parts = Iterable[tuple[Function, Module]]
_ROWS = frozenset({"get", "aget", "latest", "alatest", "earliest", "aearliest", "refresh_from_db"})
_FILES = frozenset({
    "unlink", "remove", "rmtree", "read_text", "read_bytes", "open", "stat", "rename", "replace",
})  # fmt: skip
# Which methods end in an error when there is nothing.
_ENDS = {
    "NoResultFound": frozenset({"one", "scalar_one"}),
    "DoesNotExist": _ROWS,
    "ObjectDoesNotExist": _ROWS,
    "ValueError": frozenset({"index", "remove"}),
    "FileNotFoundError": _FILES,
    "OSError": _FILES,
    "CosmosResourceNotFoundError": frozenset({"read_item", "delete_item", "replace_item"}),
}
# These come of `rows[key]`, `del rows[key]` and `rows.pop(key)` as well.
_KEYS = frozenset({"KeyError", "IndexError", "LookupError"})
_RUNS = frozenset({"to_thread", "run_sync", "run_in_executor", "run_in_threadpool"})


def wrappers(store: Class, module: Module, function: Function) -> Iterator[tuple[Function, Module]]:
    """Yield the decorators and context managers of the project that a function runs inside of."""
    for each in function.decorator_list:
        plain = each.func if isinstance(each, ast.Call) else each
        name = last_name(plain)
        found = called_function(store, module, name) if name else None
        if found is not None:
            yield found
    for node in within(function, ast.withitem):
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
            yield from targets(store, function, node.context_expr)


def is_translated(store: Class, module: Module, function: Function) -> bool:
    """Say whether a function looks for something, and what is around it says NotFoundError."""
    for wrapper, home in wrappers(store, module, function):
        if wrapper is function or not translates(home, wrapper):
            continue
        for node in within(wrapper, ast.Raise):
            kinds = handled(home, node)
            inner = (each for each in reached(store, function) if each[0] is not wrapper)
            if kinds is not None and may_raise(inner, kinds) is not False:
                return True
    return False


def handled(module: Module, node: ast.AST) -> frozenset[str] | None:
    """Return which errors of what it was handed a function answers here, None where of its own."""
    caught = next((p for p in module.ancestors(node) if isinstance(p, ast.ExceptHandler)), None)
    tried = module.parents.get(caught) if caught is not None else None
    if caught is None or not isinstance(tried, ast.Try) or not _runs_what_is_given(module, tried):
        return None
    kinds = caught.type.elts if isinstance(caught.type, ast.Tuple) else [caught.type]
    return frozenset(last_name(each) if each is not None else "Exception" for each in kinds)


def may_raise(parts: Parts, kinds: Iterable[str]) -> bool | None:
    """Say whether functions may end in one of these errors; None for errors of libraries."""
    wanted = frozenset(kinds)
    methods = frozenset[str]().union(*(_ENDS.get(kind, ()) for kind in wanted))
    by_key = not wanted.isdisjoint(_KEYS)
    unknown = not wanted <= _KEYS | _ENDS.keys() | {"StopIteration"}
    for part, _ in parts:
        for node in within(part, ast.Call, ast.Subscript, ast.Raise):
            match node:
                case ast.Call(func=ast.Attribute(attr=name)) if name in methods:
                    return True
                case ast.Call(func=ast.Attribute(attr="pop"), args=[_], keywords=[]) if by_key:
                    return True
                case ast.Call(func=ast.Name(id="next"), args=[_]) if "StopIteration" in wanted:
                    return True
                case ast.Subscript(slice=key, ctx=ast.Load() | ast.Del()) if by_key:
                    # `context["user"]` says who asks.
                    if not isinstance(key, (ast.Constant, ast.Slice)):
                        return True
                case ast.Raise(exc=ast.expr() as raised):
                    plain = raised.func if isinstance(raised, ast.Call) else raised
                    if last_name(plain) in wanted:
                        return True
                case _:
                    continue
    return None if unknown else False


def _runs_what_is_given(module: Module, tried: ast.Try) -> bool:
    """Say whether what is tried is the body of a `with`, or a function that was handed in."""
    if any(within(each, ast.Yield) for each in tried.body):
        return True
    outer = [each for each in module.ancestors(tried) if isinstance(each, FUNCTIONS)]
    if not outer:
        return False
    given = {a.arg for each in outer for a in (*each.args.posonlyargs, *each.args.args)}
    runs = {name for name in _run(outer[-1]) if name in given}
    if not runs:
        return False
    inner = {
        each.name
        for each in within(outer[-1], *FUNCTIONS)
        if isinstance(each, FUNCTIONS) and runs & {*_run(each)}
    }
    return any(name in runs | inner for each in tried.body for name in _run(each))


def _run(node: ast.AST) -> Iterator[str]:
    """Yield the plain names that are called, or handed over to be called."""
    for call in within(node, ast.Call):
        match call:
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.Call(func=ast.Attribute(attr=word), args=args) if word in _RUNS:
                yield from (each.id for each in args[:2] if isinstance(each, ast.Name))
            case _:
                continue
