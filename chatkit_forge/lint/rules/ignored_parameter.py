"""CKF212."""

import ast

from ..classes import Class
from ..module import Function, Module
from ..rule import Rule
from ..stores import PAGES, home
from ..uses import ignoring

_WANTED = ("after", "limit", "order")


class IgnoredParameter(Rule):
    """Find pages that ignore the cursor, the limit or the order they are asked for.

    A page that ignores `after` is page one for ever, one that ignores `limit` is the whole thread,
    one that ignores `order` shows the oldest first where the newest were asked for.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import Page, ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Page[ThreadMetadata]:
                found = await self.of(context["user_id"], limit, order)
                return Page(data=found)

            async def of(self, owner: str, limit: int, order: str) -> list[ThreadMetadata]:
                raise NotImplementedError(f"{owner} {limit} {order}")

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import Page, ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Page[ThreadMetadata]:
                return await self.of(context["user_id"], limit, after, order)

            async def of(
                self, owner: str, limit: int, after: str | None, order: str
            ) -> Page[ThreadMetadata]:
                raise NotFoundError(f"Thread {after} not found: {owner} {limit} {order}")

    Source: Store.load_threads and load_thread_items.
    """

    code = "CKF212"
    name = "ignored-parameter"
    message = "{method}() ignores {parameters}"
    hint = "clients page by it: the SDK passes on what they ask for"

    def visit_store(self, store: Class) -> None:
        """Look at the methods that load pages."""
        for name in PAGES:
            function = store.brought(name)
            if function is None or _is_stub(function.body):
                continue
            given = [argument.arg for argument in function.args.args]
            dropped: dict[tuple[Function, Module], list[str]] = {}
            for parameter in _WANTED:
                place = home(store, function)
                found = (
                    ignoring(self.project, place, function, parameter)
                    if parameter in given
                    else None
                )
                if found is not None and not _is_stub(found[0].body):
                    dropped.setdefault(found, []).append(parameter)
            for (helper, place), parameters in dropped.items():
                self.report(
                    helper,
                    elsewhere=place,
                    method=helper.name,
                    parameters=", ".join(parameters),
                )


def _is_stub(body: list[ast.stmt]) -> bool:
    """Say whether a method only refuses, or is only declared."""
    last = body[-1]
    return isinstance(last, (ast.Raise, ast.Pass)) or (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant)
    )
