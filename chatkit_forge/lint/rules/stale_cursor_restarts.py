"""CKF214."""

import ast

from ..around import is_translated
from ..calls import Callee, parameters_of
from ..classes import Class
from ..flow import bound, is_used, mentions, tainted
from ..missing import translates
from ..module import Function, Module, within
from ..names import last_name
from ..rule import Rule
from ..sql import EXECUTES
from ..stores import PAGES, home, is_closed, targets
from ..values import called

# What takes a cursor and never refuses it: drivers, sessions, queries and Python's own.
_SEEN_THROUGH = EXECUTES | {
    "append", "bindparams", "extend", "find", "find_one", "get", "get_by", "hget", "index", "join",
    "limit", "params", "query_items", "read_item", "where", "filter", "zrank", "zscore", "zrange",
    "zrevrange", "zrevrank", "lrange", "format", "partition", "split", "warning", "info", "debug",
}  # fmt: skip
# How many functions a cursor is followed through.
_MOST = 24


class StaleCursorRestarts(Rule):
    """Find pages that begin anew when the cursor is not known any more.

    An item that was deleted meanwhile, or a cursor of another thread, silently becomes page one:
    the client shows everything twice, or loops. It must be NotFoundError.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import Page, ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self) -> None:
                self.threads: dict[str, list[ThreadMetadata]] = {}

            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Page[ThreadMetadata]:
                found = sorted(
                    self.threads.get(context["user_id"], []),
                    key=lambda thread: (thread.created_at, thread.id),
                    reverse=order == "desc",
                )
                ids = [thread.id for thread in found]
                start = ids.index(after) + 1 if after in ids else 0
                page = found[start : start + limit]
                more = len(found) > start + limit
                return Page(data=page, has_more=more, after=page[-1].id if more else None)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import Page, ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self) -> None:
                self.threads: dict[str, list[ThreadMetadata]] = {}

            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Page[ThreadMetadata]:
                found = sorted(
                    self.threads.get(context["user_id"], []),
                    key=lambda thread: (thread.created_at, thread.id),
                    reverse=order == "desc",
                )
                ids = [thread.id for thread in found]
                if after is not None and after not in ids:
                    raise NotFoundError(f"Thread {after} not found")
                start = ids.index(after) + 1 if after is not None else 0
                page = found[start : start + limit]
                more = len(found) > start + limit
                return Page(data=page, has_more=more, after=page[-1].id if more else None)

    Source: 26 of 43 public stores restart a stale page.
    """

    code = "CKF214"
    name = "stale-cursor-restarts"
    message = "{method}() has no answer to a cursor that is not there: {what}"
    hint = 'raise NotFoundError(f"... {{after}} not found")'

    def visit_store(self, store: Class) -> None:
        """Look at the methods that load pages."""
        for name in PAGES:
            function = store.brought(name)
            if function is None or function.decorator_list or not is_closed(store, function):
                continue
            names = {a.arg for a in function.args.args} & {"after"}
            if not names or not is_used(function, names) or _refuses(store, function, names):
                continue
            if _handed_on(store, function, tainted(function, names)):
                continue
            at, names = _taken_by(store, function, names)
            what = _what(at, tainted(at, names))
            self.report(at, elsewhere=home(store, at), method=at.name, what=what)


def _taken_by(
    store: Class, function: Function, names: set[str], depth: int = 3
) -> tuple[Function, set[str]]:
    """Return the helper of the same store that a cursor is handed on to whole, and its name there.

    The method itself when it looks at the cursor, or hands it to several.
    """
    taken: dict[Function, set[str]] = {}
    handed: set[ast.AST] = set()
    for node in within(function, ast.Call):
        if isinstance(node, ast.Call) and _any(node, names):
            found = targets(store, function, node)
            own = [f for f in found if any(f[0] in each.own.values() for each in store.lineage)]
            if len(own) == 1:
                taken.setdefault(own[0][0], set()).update(_taken(store, *own[0], node, names))
                handed |= set(within(node, ast.Name))
    reads = {
        each
        for each in within(function, ast.Name)
        if isinstance(each, ast.Name) and each.id in names and isinstance(each.ctx, ast.Load)
    }
    if depth and len(taken) == 1 and reads <= handed:
        ((helper, given),) = taken.items()
        if helper is not function and helper.name not in PAGES and given:
            return _taken_by(store, helper, given, depth - 1)
    return function, names


def _handed_on(store: Class, function: Function, names: set[str]) -> bool:
    """Say whether the cursor goes to something that cannot be seen, which may refuse it."""
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
                given = [*args, *(keyword.value for keyword in keywords)]
                whole = any(isinstance(each, ast.Name) and each.id in names for each in given)
                if whole and name not in _SEEN_THROUGH and not targets(store, function, node):
                    return True
            case _:
                continue
    return False


def _refuses(store: Class, function: Function, names: set[str]) -> bool:
    """Say whether a page's method, or what it hands its cursor to, can refuse that cursor."""
    queue: list[tuple[Function, Module, frozenset[str]]] = [
        (function, home(store, function), frozenset(names))
    ]
    seen: set[tuple[Function, frozenset[str]]] = set()
    for current, module, given in queue:
        if (current, given) in seen or len(seen) > _MOST:
            continue
        seen.add((current, given))
        if is_translated(store, module, current):
            return True
        about = _decided(current, tainted(current, given))
        for node in within(current):
            match node:
                case ast.Raise(exc=ast.expr() as raised):
                    if _is_not_found(module, store, raised) and _concerns(module, node, about):
                        return True
                case ast.Attribute(value=ast.Name(id="self"), attr="load_item" | "load_thread"):
                    call = module.parents.get(node)
                    if isinstance(call, ast.Call) and _any(call, about):
                        return True
                case ast.Call() if _any(node, about):
                    # Of the project, and all that it is given of the cursor.
                    for called, elsewhere in targets(store, current, node):
                        taken = frozenset(_taken(store, called, elsewhere, node, about))
                        queue.append((called, elsewhere, taken))
                case _:
                    continue
    return False


def _any(call: ast.Call, names: set[str]) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(mentions(each, names) for each in given)


def _taken(
    store: Class, called: Function, module: Module, call: ast.Call, names: set[str]
) -> set[str]:
    """Return the parameters of a function that a call gives something of these names."""
    parameters = [*called.args.posonlyargs, *called.args.args]
    is_method = bool(parameters) and parameters[0].arg in {"self", "cls"}
    callee = Callee(called, module, store if is_method else None)
    args: list[ast.expr] | None = call.args if last_name(call.func) == called.name else None
    for place, each in enumerate(call.args) if args is None else ():
        # `asyncio.to_thread(self._page, after)`
        if isinstance(each, (ast.Name, ast.Attribute)) and last_name(each) == called.name:
            args = call.args[place + 1 :]
    if args is None:
        return {each.arg for each in parameters[is_method:]}
    given = parameters_of(callee, args, call.keywords)
    return {name for name, value in given if mentions(value, names)}


def _decided(function: Function, names: set[str]) -> set[str]:
    """Return the names, and what is set only where one of them was asked about: `found = True`."""
    found = set(names)
    for node in within(function):
        if isinstance(node, ast.If) and mentions(node.test, names):
            for inner in within(node):
                if isinstance(inner, ast.Assign):
                    found |= {n for target in inner.targets for n in bound(target)}
    return found


def _is_not_found(module: Module, store: Class, raised: ast.expr) -> bool:
    func = raised.func if isinstance(raised, ast.Call) else raised
    name = module.names.resolve(func) or ""
    if name.endswith(("NotFoundError", "NotFound")):
        return True
    own = store.project.find_class(name, module) if name else None
    if own is not None:
        return any(base.endswith("NotFoundError") for base in own.foreign)
    # `raise self._missing(after)`: what makes it decides.
    if not isinstance(raised, ast.Call):
        return False
    made = called(store.project, module, raised)
    if made is not None:
        return name.startswith(("self.", "_")) or translates(made[1], made[0])
    # Of a function that was given only its name is known.
    return not name[:1].isupper() and "." not in name.removeprefix("self.")


def _concerns(module: Module, node: ast.Raise, names: set[str]) -> bool:
    """Say whether what is raised depends on the cursor, by its words or by what is around it."""
    if mentions(node, names):
        return True
    inside: ast.AST = node
    for parent in module.ancestors(node):
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return _after_loop(parent, node, names)
            case ast.If(test=test) | ast.While(test=test) if mentions(test, names):
                return True
            case ast.For(orelse=orelse) | ast.AsyncFor(orelse=orelse):
                if (inside in orelse or mentions(parent.iter, names)) and mentions(parent, names):
                    return True
            case ast.Try(body=body) if inside not in body:
                if any(mentions(statement, names) for statement in body):
                    return True
            case ast.match_case() | ast.Match():
                return True
            case _:
                pass
        inside = parent
    return False


def _after_loop(function: Function, node: ast.Raise, names: set[str]) -> bool:
    """Say whether a function ends in raising when a search in it has found nothing."""
    if function.body[-1] is not node:
        return False
    return any(isinstance(each, ast.For) and mentions(each, names) for each in function.body)


def _what(function: Function, names: set[str]) -> str:
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="index")) | ast.Call(func=ast.Name(id="next")):
                if mentions(node, names):
                    return "it starts from the beginning"
            case _:
                continue
    return "the page is wrong instead of refused"
