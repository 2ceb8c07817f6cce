"""CKF214."""

import ast

from ..classes import Class
from ..flow import mentions, tainted
from ..module import Function, Module, within
from ..rule import Rule
from ..sql import EXECUTES
from ..stores import PAGES, is_closed, reached

# What takes a cursor and never refuses it: drivers, sessions, queries and Python's own.
_SEEN_THROUGH = EXECUTES | {
    "append", "bindparams", "extend", "find", "find_one", "get", "get_by", "hget", "index", "join",
    "limit", "params", "query_items", "read_item", "where", "filter", "zrank", "zscore", "zrange",
    "zrevrange", "zrevrank", "lrange", "format", "partition", "split", "warning", "info", "debug",
}  # fmt: skip


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
            function = store.own.get(name)
            if function is None or not is_closed(store, function):
                continue
            names = {a.arg for a in function.args.args} & {"after"}
            parts = list(reached(store, function))
            if not names or not mentions(function, names) or _refuses(parts):
                continue
            if _handed_on(parts, tainted(function, names), function):
                continue
            self.report(function, method=name, what=_what(function, tainted(function, names)))


def _handed_on(parts: list[tuple[Function, Module]], names: set[str], function: Function) -> bool:
    """Say whether the cursor goes to something that cannot be seen, which may refuse it."""
    seen = {part.name for part, _ in parts}
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
                given = [*args, *(keyword.value for keyword in keywords)]
                whole = any(isinstance(each, ast.Name) and each.id in names for each in given)
                if whole and name not in seen and name not in _SEEN_THROUGH:
                    return True
            case _:
                continue
    return False


def _refuses(parts: list[tuple[Function, Module]]) -> bool:
    """Say whether anything that a page goes through can say that something was not found."""
    for part, module in parts:
        for node in within(part):
            match node:
                case ast.Raise(exc=ast.expr() as raised):
                    func = raised.func if isinstance(raised, ast.Call) else raised
                    if (module.names.resolve(func) or "").endswith(("NotFoundError", "NotFound")):
                        return True
                case ast.Attribute(value=ast.Name(id="self"), attr="load_item" | "load_thread"):
                    return True
                case _:
                    continue
    return False


def _what(function: Function, names: set[str]) -> str:
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="index")) | ast.Call(func=ast.Name(id="next")):
                if mentions(node, names):
                    return "it starts from the beginning"
            case _:
                continue
    return "the page is wrong instead of refused"
