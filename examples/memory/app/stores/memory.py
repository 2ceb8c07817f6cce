"""A ChatKit store in memory: for tests and first steps; the data ends with the process.

Every key begins with the owner: one user's rows are out of reach of another's calls. Pages are
cut by keyset (instant, insertion order): equal timestamps are never lost or repeated, and a deep
page costs what the first one does. The JSON text keeps each value exactly as it was saved.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import Literal, Self, cast

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from ..config import settings
from ..context import RequestContext
from . import codec


class _Rows:
    """Keep (id, JSON text) rows by id, and in the order of instant and insertion."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._keys: dict[str, tuple[int, int]] = {}
        self._order: list[tuple[int, int, str]] = []
        self._last_seq = 0

    def put(self, row_id: str, created_us: int, text: str) -> None:
        """Insert or update a row; an update keeps its insertion order."""
        self._last_seq += 1
        _, seq = self._keys.get(row_id, (0, self._last_seq))
        self.drop(row_id)
        self._texts[row_id] = text
        self._keys[row_id] = (created_us, seq)
        insort(self._order, (created_us, seq, row_id))

    def get(self, row_id: str) -> str | None:
        """Return the row's text, or None when there is no such row."""
        return self._texts.get(row_id)

    def drop(self, row_id: str) -> None:
        """Forget the row; quiet when there is none."""
        if row_id in self._keys:
            del self._texts[row_id]
            key = (*self._keys.pop(row_id), row_id)
            del self._order[bisect_left(self._order, key)]

    def page(
        self, after: str | None, limit: int, order: Literal["asc", "desc"]
    ) -> list[tuple[str, str]] | None:
        """Return up to `limit` rows beyond the cursor, or None when the cursor is no row."""
        if after is not None and after not in self._keys:
            return None
        if order == "asc":
            start = 0 if after is None else bisect_right(self._order, (*self._keys[after], after))
            found = self._order[start : start + limit]
        else:
            end = len(self._order)
            if after is not None:
                end = bisect_left(self._order, (*self._keys[after], after))
            found = self._order[max(0, end - limit) : end][::-1]
        return [(row_id, self._texts[row_id]) for _, _, row_id in found]


@dataclass(slots=True)
class _Owner:
    """Hold everything of one owner: threads, their items, and attachment records."""

    threads: _Rows = field(default_factory=_Rows)
    items: dict[str, _Rows] = field(default_factory=dict[str, _Rows])
    # The thread it belongs to, if any, and the JSON text.
    attachments: dict[str, tuple[str | None, str]] = field(
        default_factory=dict[str, tuple[str | None, str]]
    )


class MemoryStore(Store[RequestContext]):
    """Keep threads, items and attachments in memory, apart by owner.

    Every method raises PermissionError for a context without an owner, ValueError for a bad
    argument and NotFoundError for what is missing or somebody else's.
    """

    def __init__(self, *, max_page_size: int = settings.max_page_size) -> None:
        """Begin empty."""
        self._max_page_size = max_page_size
        self._owners: dict[str, _Owner] = {}

    async def __aenter__(self) -> Self:
        """Connect, and return the store."""
        await self.connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the store."""
        await self.close()

    async def connect(self) -> None:
        """Do nothing: there is no database; here so that the stores can be exchanged."""

    async def close(self) -> None:
        """Do nothing: the data lives as long as the store object."""

    def generate_thread_id(self, context: RequestContext) -> str:
        """Return a new thread id: the SDK's prefix and 122 random bits."""
        return codec.new_id("thread")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        """Return a new item id: the SDK's prefix and 122 random bits."""
        return codec.new_id(item_type)

    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        """Return the owner's thread; raise NotFoundError when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        text = self._of(owner).threads.get(thread_id)
        if text is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return codec.decode(codec.THREAD, text, f"Thread {thread_id}")

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        """Insert or update the owner's thread; an update keeps its place among equal instants."""
        owner, thread_id = _owner(context), codec.checked_id(thread.id)
        # respond() may hand over a whole Thread, but its items have rows of their own.
        thread = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        created_us, data = codec.instant(thread.created_at), codec.encode(codec.THREAD, thread)
        rows = self._owners.setdefault(owner, _Owner())
        rows.threads.put(thread_id, created_us, data)
        rows.items.setdefault(thread_id, _Rows())

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        """Return a page of the thread's items by time; empty when the owner has no such thread.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no item of this thread.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        after = None if after is None else codec.checked_id(after)
        items = self._of(owner).items.get(thread_id, _Rows())
        rows = items.page(after, limit + 1, order)
        if rows is None:
            raise NotFoundError(f"Item {after} not found")
        return codec.to_page(codec.ITEM, rows, limit, "Item")

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        """Insert or update the owner's attachment record."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment.id)
        thread_id = None if attachment.thread_id is None else codec.checked_id(attachment.thread_id)
        data = codec.encode(codec.ATTACHMENT, attachment)
        self._owners.setdefault(owner, _Owner()).attachments[attachment_id] = (thread_id, data)

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        record = self._of(owner).attachments.get(attachment_id)
        if record is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, record[1], f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        self._of(owner).attachments.pop(attachment_id, None)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        """Return a page of the owner's threads by time.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no thread of this owner.
        """
        owner = _owner(context)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        after = None if after is None else codec.checked_id(after)
        rows = self._of(owner).threads.page(after, limit + 1, order)
        if rows is None:
            raise NotFoundError(f"Thread {after} not found")
        return codec.to_page(codec.THREAD, rows, limit, "Thread")

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        """Insert the item, or update it in place when the thread has it: workflows come twice.

        Raise NotFoundError when the owner has no such thread, ValueError when the item names
        another one.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item.id)
        if item.thread_id != thread_id:
            raise ValueError(f"Item {item_id} names thread {item.thread_id!r}, not {thread_id!r}")
        created_us, data = codec.instant(item.created_at), codec.encode(codec.ITEM, item)
        items = self._of(owner).items.get(thread_id)
        if items is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        items.put(item_id, created_us, data)

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        """Insert or update the item, as `add_thread_item` does."""
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        """Return the item of the owner's thread; raise NotFoundError when there is none.

        Raise ValueError when it is stored, but of a type the installed chatkit does not know.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        text = self._of(owner).items.get(thread_id, _Rows()).get(item_id)
        if text is None:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, text, f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        rows = self._of(owner)
        rows.threads.drop(thread_id)
        rows.items.pop(thread_id, None)
        for attachment_id, record in list(rows.attachments.items()):
            if record[0] == thread_id:
                del rows.attachments[attachment_id]

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        self._of(owner).items.get(thread_id, _Rows()).drop(item_id)

    def _of(self, owner: str) -> _Owner:
        """Return what the owner has; nothing is kept for one who has not saved anything."""
        return self._owners.get(owner, _Owner())


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
