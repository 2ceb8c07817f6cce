"""An open store and two owners: where every test of the suite takes place."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from chatkit.store import Store
from chatkit.types import AssistantMessageItem, Page, ThreadItem, ThreadMetadata

from .samples import NOON, message

TContext = TypeVar("TContext")
TRow = TypeVar("TRow", ThreadItem, ThreadMetadata)

# More pages than any test needs: a cursor that goes round in circles ends here.
PAGES_AT_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Scene(Generic[TContext]):
    """Hold the store and the contexts of two owners.

    `alice_id` is how rows name the first; pages never exceed `max_page_size`.
    """

    store: Store[TContext]
    alice: TContext
    bob: TContext
    alice_id: str
    max_page_size: int

    def through(self, store: Store[TContext]) -> "Scene[TContext]":
        """Return the same two owners before another store."""
        return replace(self, store=store)

    async def thread(
        self,
        thread_id: str = "thr_1",
        *,
        owner: TContext | None = None,
        created_at: datetime = NOON,
        **fields: Any,
    ) -> ThreadMetadata:
        """Save a thread (of Alice's unless told) and return it as it was handed over."""
        thread = ThreadMetadata(id=thread_id, created_at=created_at, **fields)
        await self.store.save_thread(thread, owner or self.alice)
        return thread

    async def message(
        self,
        item_id: str,
        thread_id: str = "thr_1",
        *,
        owner: TContext | None = None,
        created_at: datetime = NOON,
        text: str = "hello",
    ) -> AssistantMessageItem:
        """Add a message to a thread (of Alice's unless told) and return it."""
        item = message(item_id, thread_id, created_at, text)
        await self.store.add_thread_item(thread_id, item, owner or self.alice)
        return item

    async def item_ids(
        self,
        thread_id: str = "thr_1",
        *,
        owner: TContext | None = None,
        size: int = 100,
        order: str = "asc",
    ) -> list[str]:
        """Return the ids of a thread's items in page order, walking pages of this size."""
        context = owner or self.alice
        rows = await walk(
            lambda after: self.store.load_thread_items(thread_id, after, size, order, context),
            min(size, self.max_page_size),
        )
        return [row.id for row in rows]

    async def thread_ids(
        self, *, owner: TContext | None = None, size: int = 100, order: str = "asc"
    ) -> list[str]:
        """Return the ids of an owner's threads in page order, walking pages of this size."""
        context = owner or self.alice
        rows = await walk(lambda after: self.store.load_threads(size, after, order, context), size)
        return [row.id for row in rows]


async def walk(fetch: Callable[[str | None], Awaitable[Page[TRow]]], size: int) -> list[TRow]:
    """Return the rows of all pages, having checked that each page tells the truth about itself."""
    rows: list[TRow] = []
    after: str | None = None
    for _ in range(PAGES_AT_MOST):
        page = await fetch(after)
        rows += page.data
        if not page.has_more:
            assert page.after is None, "the last page must not offer a cursor"
            assert len(page.data) <= size, "a page must not exceed the limit"
            return rows
        assert len(page.data) == size, "a page with has_more must be full"
        assert page.after == page.data[-1].id, "after must be the id of the page's last row"
        after = page.after
    raise AssertionError(f"{PAGES_AT_MOST} pages and still has_more: the cursor does not advance")
