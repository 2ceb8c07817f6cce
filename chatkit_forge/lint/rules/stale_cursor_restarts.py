"""CKF214."""

import ast

from ..classes import Class
from ..flow import is_used, mentions, tainted
from ..module import Function, within
from ..refused_cursors import hands, refuses_cursor, taken
from ..rule import Rule
from ..stores import PAGES, home, is_closed, targets


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
            if function is None or function.decorator_list:
                continue
            names = {a.arg for a in function.args.args} & {"after"}
            if not names or not is_used(function, names) or refuses_cursor(store, function, names):
                continue
            if not is_closed(store, function):
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
    given_to: dict[Function, set[str]] = {}
    handed: set[ast.AST] = set()
    for node in within(function, ast.Call):
        if isinstance(node, ast.Call) and hands(node, names):
            found = targets(store, function, node)
            own = [f for f in found if any(f[0] in each.own.values() for each in store.lineage)]
            if len(own) == 1:
                given_to.setdefault(own[0][0], set()).update(taken(store, *own[0], node, names))
                handed |= set(within(node, ast.Name))
    reads = {
        each
        for each in within(function, ast.Name)
        if isinstance(each, ast.Name) and each.id in names and isinstance(each.ctx, ast.Load)
    }
    if depth and len(given_to) == 1 and reads <= handed:
        ((helper, given),) = given_to.items()
        if helper is not function and helper.name not in PAGES and given:
            return _taken_by(store, helper, given, depth - 1)
    return function, names


def _what(function: Function, names: set[str]) -> str:
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="index")) | ast.Call(func=ast.Name(id="next")):
                if mentions(node, names):
                    return "it starts from the beginning"
            case _:
                continue
    return "the page is wrong instead of refused"
