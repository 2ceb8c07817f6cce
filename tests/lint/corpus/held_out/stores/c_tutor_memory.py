"""In-memory ChatKit store for the tutoring sandbox.

The sandbox resets every night, so nothing needs to survive a restart. All data hangs off
`(user, thread)` keys: there is no lookup in this module that could reach another learner's
conversation, because no dictionary is keyed by a thread id alone.
"""

import asyncio
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel

LARGEST_PAGE = 200


@dataclass(frozen=True)
class LearnerContext:
    """Per-request context, filled in by the session middleware."""

    learner_id: str
    locale: str = "en"


Key = tuple[str, str]
M = TypeVar("M", bound=BaseModel)


@dataclass
class Conversation:
    """One learner's thread together with everything said in it."""

    meta: ThreadMetadata
    # Insertion-ordered; replacing a value keeps its place, which is what a resumed item needs.
    items: dict[str, ThreadItem] = field(default_factory=dict)


class MemoryToolbox:
    """In-house base class: ids, key building, copying and paging.

    It comes before `Store` in the bases of a store, so that its id generators win. The store
    itself only has to decide what is stored where. Objects are copied on the way in and on the
    way out, so that callers can mutate what they were given without changing what is stored.
    """

    def generate_thread_id(self, context: LearnerContext) -> str:
        return self._mint("thr")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: LearnerContext
    ) -> str:
        return self._mint(item_type)

    @staticmethod
    def _mint(prefix: str) -> str:
        return f"{prefix}_{uuid.uuid4().hex}"

    @staticmethod
    def _key(context: LearnerContext, record_id: str) -> Key:
        """Build the only kind of key this store uses: (who, what)."""
        who = context.learner_id
        if not isinstance(who, str) or not who:
            raise PermissionError("request without a learner")
        return who, record_id

    @staticmethod
    def _copy(model: M) -> M:
        return model.model_copy(deep=True)

    @staticmethod
    def _paginate(
        records: Iterable[M],
        *,
        after: str | None,
        limit: int,
        order: str,
        label: str = "Item",
    ) -> Page[M]:
        """Cut one page out of records that are given in insertion order.

        Sorting is stable, so equal timestamps stay in insertion order; a descending page is the
        exact reverse of the ascending one.
        """
        if limit <= 0:
            raise ValueError(f"limit must be positive, got {limit}")
        if order not in ("asc", "desc"):
            raise ValueError(f"unknown order {order!r}")
        ordered = sorted(records, key=lambda record: record.created_at.timestamp())  # type: ignore[attr-defined]
        if order == "desc":
            ordered.reverse()
        ids: list[str] = [record.id for record in ordered]  # type: ignore[attr-defined]
        start = 0
        if after is not None:
            if after not in ids:
                raise NotFoundError(f"{label} {after} not found")
            start = ids.index(after) + 1
        stop = start + min(limit, LARGEST_PAGE)
        has_more = stop < len(ordered)
        return Page(
            data=[record.model_copy(deep=True) for record in ordered[start:stop]],
            has_more=has_more,
            after=ids[stop - 1] if has_more else None,
        )


class TutorMemoryStore(MemoryToolbox, Store[LearnerContext]):
    """Store used by the sandbox deployment and by the end-to-end tests."""

    def __init__(self) -> None:
        self._conversations: dict[Key, Conversation] = {}
        self._attachments: dict[Key, Attachment] = {}
        self._lock = asyncio.Lock()

    def _conversation(self, thread_id: str, context: LearnerContext) -> Conversation:
        found = self._conversations.get(self._key(context, thread_id))
        if found is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return found

    # -- threads ---------------------------------------------------------------------------

    async def load_thread(self, thread_id: str, context: LearnerContext) -> ThreadMetadata:
        return self._copy(self._conversation(thread_id, context).meta)

    async def save_thread(self, thread: ThreadMetadata, context: LearnerContext) -> None:
        key = self._key(context, thread.id)
        # A `Thread` (with its page of items) may arrive here; only the metadata is ours to keep.
        meta = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        async with self._lock:
            existing = self._conversations.get(key)
            if existing is None:
                self._conversations[key] = Conversation(meta=meta)
            else:
                existing.meta = meta

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: LearnerContext
    ) -> Page[ThreadMetadata]:
        who, _ = self._key(context, "")
        mine = [talk.meta for (owner, _), talk in self._conversations.items() if owner == who]
        return self._paginate(mine, after=after, limit=limit, order=order, label="Thread")

    async def delete_thread(self, thread_id: str, context: LearnerContext) -> None:
        who, _ = key = self._key(context, thread_id)
        async with self._lock:
            self._conversations.pop(key, None)  # the items live inside the conversation
            for orphan in [
                k for k, a in self._attachments.items() if k[0] == who and a.thread_id == thread_id
            ]:
                del self._attachments[orphan]

    # -- items -----------------------------------------------------------------------------

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: LearnerContext,
    ) -> Page[ThreadItem]:
        talk = self._conversations.get(self._key(context, thread_id))
        known = talk.items.values() if talk else ()
        return self._paginate(known, after=after, limit=limit, order=order)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: LearnerContext
    ) -> None:
        async with self._lock:
            self._conversation(thread_id, context).items[item.id] = self._copy(item)

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: LearnerContext
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: LearnerContext
    ) -> ThreadItem:
        try:
            return self._copy(self._conversation(thread_id, context).items[item_id])
        except KeyError:
            raise NotFoundError(f"Item {item_id} not found") from None

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: LearnerContext
    ) -> None:
        talk = self._conversations.get(self._key(context, thread_id))
        if talk is not None:
            talk.items.pop(item_id, None)

    # -- attachments -----------------------------------------------------------------------

    async def save_attachment(self, attachment: Attachment, context: LearnerContext) -> None:
        self._attachments[self._key(context, attachment.id)] = self._copy(attachment)

    async def load_attachment(self, attachment_id: str, context: LearnerContext) -> Attachment:
        try:
            return self._copy(self._attachments[self._key(context, attachment_id)])
        except KeyError:
            raise NotFoundError(f"Attachment {attachment_id} not found") from None

    async def delete_attachment(self, attachment_id: str, context: LearnerContext) -> None:
        self._attachments.pop(self._key(context, attachment_id), None)
