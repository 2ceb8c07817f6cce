"""CKF210."""

from ..classes import Class
from ..cursors import cursors
from ..rule import Rule
from ..stores import PAGES
from ..times import is_time


class TimeOnlyCursor(Rule):
    """Find pages that go on behind a time alone.

    Two items of the same instant are common: a question and the first part of its answer. The one
    that falls behind the end of a page is skipped, or shown twice.

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
                at = await self.pool.fetchval("SELECT created_at FROM threads WHERE id = $1", after)
                if at is None:
                    raise NotFoundError(f"Thread {after} not found")
                return await self.pool.fetch(
                    "SELECT data FROM threads WHERE owner = $1 AND created_at > $2"
                    " ORDER BY created_at LIMIT $3",
                    context["user_id"],
                    at,
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

    Source: OpenAI's own samples lose items with equal timestamps.
    """

    code = "CKF210"
    name = "time-only-cursor"
    message = "rows of the same instant are skipped or shown twice: the cursor is a time alone"
    hint = "compare and order by (created_at, seq), seq being the order of insertion"

    def visit_store(self, store: Class) -> None:
        """Look at how pages go on."""
        for name in PAGES:
            function = store.brought(name)
            for cursor, module in cursors(store, function) if function else ():
                if cursor.ordered and all(is_time(column, module) for column in cursor.compared):
                    self.report(cursor.node, elsewhere=module)
