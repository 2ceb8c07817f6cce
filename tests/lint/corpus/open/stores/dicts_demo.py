"""In-memory store for local development. Data is lost on restart."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Optional

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata


class DemoStore(Store[dict[str, Any]]):  # CKF116
    """threads[user][thread], items[user][thread][item], attachments[(user, attachment)]"""

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, ThreadMetadata]] = {}
        self._items: dict[str, dict[str, dict[str, ThreadItem]]] = {}
        self._attachments: dict[tuple[str, str], Attachment] = {}

    def _user(self, context: dict[str, Any]) -> str:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("user_id missing")
        return user

    def _check(self, limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad paging")
        return min(limit, 200)

    # -- threads

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        thread = self._threads.get(self._user(context), {}).get(thread_id)
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return thread.model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        stored = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        stored.created_at = datetime.now(timezone.utc)  # CKF209
        self._threads.setdefault(self._user(context), {})[thread.id] = stored

    async def load_threads(  # CKF212
        self, limit: int, after: Optional[str], order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        size = self._check(limit, order)
        threads = sorted(
            self._threads.get(self._user(context), {}).values(),
            key=lambda thread: thread.created_at.timestamp(),
        )
        if order == "desc":
            threads.reverse()
        page = threads[:size]
        has_more = len(threads) > size
        return Page(
            data=[thread.model_copy(deep=True) for thread in page],
            has_more=has_more,
            after=page[-1].id if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        user = self._user(context)
        self._threads.get(user, {}).pop(thread_id, None)
        self._items.get(user, {}).pop(thread_id, None)
        for key, attachment in list(self._attachments.items()):
            if key[0] == user and attachment.thread_id == thread_id:
                del self._attachments[key]

    # -- items

    async def load_thread_items(
        self,
        thread_id: str,
        after: Optional[str],
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        size = self._check(limit, order)
        items = sorted(
            self._items.get(self._user(context), {}).get(thread_id, {}).values(),
            key=lambda item: item.created_at.timestamp(),
        )
        if order == "desc":
            items.reverse()
        start = 0
        if after:
            index = {item.id: place for place, item in enumerate(items)}
            start = index.get(after, -1) + 1  # CKF214
        page = []  # CKF109
        for item in items[start : start + size]:
            page.append(item.model_copy(deep=True))
        has_more = len(items) > start + size
        return Page(data=page, has_more=has_more, after=page[-1].id if has_more else None)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        user = self._user(context)
        thread = self._threads.setdefault(user, {}).setdefault(  # CKF205
            thread_id, ThreadMetadata(id=thread_id, created_at=item.created_at)
        )
        if thread.title is None:
            thread.title = self._title(item)
        items = self._items.setdefault(user, {}).setdefault(thread_id, {})
        items[item.id] = item.model_copy(deep=True)

    def _title(self, item: ThreadItem) -> str:
        return " ".join(part.text for part in item.content)[:60]  # CKF110

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        user = self._user(context)
        if thread_id not in self._threads.get(user, {}):
            raise NotFoundError(f"Thread {thread_id} not found")
        self._items.setdefault(user, {}).setdefault(thread_id, {})[item.id] = item

    async def load_item(  # CKF206
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        return self._items.get(self._user(context), {}).get(thread_id, {}).get(item_id)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        self._items.get(self._user(context), {}).get(thread_id, {}).pop(item_id, None)

    async def note(self, thread_id: str, text: str, context: dict[str, Any]) -> None:
        """Leave a note in the thread that only the model sees."""
        thread = await self.load_thread(thread_id, context)
        await self.add_thread_item(
            thread_id,
            ThreadItem(  # CKF104
                id=self.generate_item_id("message", thread, context),
                thread_id=thread_id,
                created_at=datetime.now(),
                type="hidden_context_item",
                content=text,
            ),
            context,
        )

    # -- attachments

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        self._attachments[self._user(context), attachment.id] = attachment

    async def load_attachment(
        self, attachment_id: str, context: dict[str, Any]
    ) -> Attachment:
        for (_, key), attachment in self._attachments.items():  # CKF201
            if key == attachment_id:
                return attachment
        raise NotFoundError(f"Attachment {attachment_id} not found")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        self._attachments.pop((self._user(context), attachment_id), None)
