"""CKF211."""

from ..classes import Class
from ..cursors import cursors, is_id
from ..rule import Rule
from ..stores import PAGES
from ..times import is_time


class IdCursorInTimeOrder(Rule):
    """Find pages in the order of time that go on behind an id.

    Random ids say nothing about time: rows whose id happens to be smaller are never shown.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Any:
                if after == "":
                    raise NotFoundError(f"Thread {after} not found")
                return await self.pool.fetch(
                    "SELECT data FROM threads WHERE owner = $1 AND id > $2"
                    " ORDER BY created_at LIMIT $3",
                    context["user_id"],
                    after,
                    limit if order == "asc" else 0,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def load_threads(
                self, limit: int, after: str | None, order: str, context: dict[str, Any]
            ) -> Any:
                at = await self.pool.fetchrow(
                    "SELECT created_at, seq FROM threads WHERE id = $1", after
                )
                if at is None:
                    raise NotFoundError(f"Thread {after} not found")
                return await self.pool.fetch(
                    "SELECT data FROM threads WHERE owner = $1 AND (created_at, seq) > ($2, $3)"
                    " ORDER BY created_at, seq LIMIT $4",
                    context["user_id"],
                    at["created_at"],
                    at["seq"],
                    limit if order == "asc" else 0,
                )

    Source: 9 of 43 public stores.
    """

    code = "CKF211"
    name = "id-cursor-in-time-order"
    message = "the page is in the order of {column} and goes on behind an id"
    hint = "compare what the rows are ordered by: (created_at, seq) of the cursor's row"

    def visit_store(self, store: Class) -> None:
        """Look at how pages go on."""
        for name in PAGES:
            function = store.brought(name)
            for cursor, module in cursors(store, function) if function else ():
                first = cursor.ordered[0]
                if all(map(is_id, cursor.compared)) and is_time(first, module):
                    self.report(cursor.node, elsewhere=module, column=first)
