"""Everything in dictionaries: for tests and demos, put together from three mixins.

The outermost key is always the owner, so whoever has no threads sees none.
"""

import bisect
import itertools
import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

T = TypeVar("T")


@dataclass
class RequestContext:
    user_id: str = ""


@dataclass(order=True)
class Entry(Generic[T]):
    """An object with the place it sorts at; the place of an update among ties is kept."""

    at: float
    seq: int
    value: T = field(compare=False)


@dataclass
class Account:
    threads: dict[str, Entry[ThreadMetadata]] = field(default_factory=dict)
    items: dict[str, dict[str, Entry[ThreadItem]]] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)


class AccountsMixin:
    def __init__(self) -> None:
        self._accounts: defaultdict[str, Account] = defaultdict(Account)
        self._sequence = itertools.count(1)

    def account(self, context: RequestContext) -> Account:
        if not isinstance(context.user_id, str) or not context.user_id:
            raise PermissionError("no user")
        return self._accounts[context.user_id]

    def entry(self, old: Entry[T] | None, moment: datetime, value: T) -> Entry[T]:
        seq = next(self._sequence) if old is None else old.seq
        return Entry(moment.timestamp(), seq, value)

    def cut(
        self,
        entries: dict[str, Entry[T]],
        after: str | None,
        limit: int,
        order: str,
        missing: Callable[[str], Exception],
    ) -> tuple[list[tuple[str, T]], bool]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        rows = sorted(entries.items(), key=lambda pair: pair[1])
        if after is not None:
            if after not in entries:
                raise missing(after)
            keys = [entry for _, entry in rows]
            if order == "asc":
                rows = rows[bisect.bisect_right(keys, entries[after]) :]
            else:
                rows = rows[: bisect.bisect_left(keys, entries[after])]
        if order == "desc":
            rows.reverse()
        page = [(key, entry.value) for key, entry in rows[:limit]]
        return page, len(rows) > limit


class ThreadsMixin(AccountsMixin):
    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        entry = self.account(context).threads.get(thread_id)
        if entry is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return entry.value.model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        threads = self.account(context).threads
        kept = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        threads[thread.id] = self.entry(threads.get(thread.id), thread.created_at, kept)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        rows, more = self.cut(
            self.account(context).threads,
            after,
            limit,
            order,
            lambda key: NotFoundError(f"Thread {key} not found"),
        )
        return Page(
            data=[thread.model_copy(deep=True) for _, thread in rows],
            has_more=more,
            after=rows[-1][0] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        account = self.account(context)
        account.threads.pop(thread_id, None)
        account.items.pop(thread_id, None)
        account.attachments = {
            key: attachment
            for key, attachment in account.attachments.items()
            if attachment.thread_id != thread_id
        }


class ItemsMixin(AccountsMixin):
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        rows, more = self.cut(
            self.account(context).items.get(thread_id, {}),
            after,
            limit,
            order,
            lambda key: NotFoundError(f"Item {key} not found"),
        )
        return Page(
            data=[item.model_copy(deep=True) for _, item in rows],
            has_more=more,
            after=rows[-1][0] if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        account = self.account(context)
        if item.thread_id != thread_id:
            raise ValueError("the item is of another thread")
        if thread_id not in account.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        items = account.items.setdefault(thread_id, {})
        items[item.id] = self.entry(
            items.get(item.id), item.created_at, item.model_copy(deep=True)
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> ThreadItem:
        try:
            entry = self.account(context).items[thread_id][item_id]
        except KeyError:
            raise NotFoundError(f"Item {item_id} not found") from None
        return entry.value.model_copy(deep=True)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        self.account(context).items.get(thread_id, {}).pop(item_id, None)


class AttachmentsMixin(AccountsMixin):
    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        self.account(context).attachments[attachment.id] = attachment.model_copy(deep=True)

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        found = self.account(context).attachments.get(attachment_id)
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return found.model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        self.account(context).attachments.pop(attachment_id, None)


class MemoryStore(ThreadsMixin, ItemsMixin, AttachmentsMixin, Store[RequestContext]):
    def generate_thread_id(self, context: RequestContext) -> str:
        return f"thr_{secrets.token_hex(16)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        return f"{item_type}_{secrets.token_hex(16)}"
