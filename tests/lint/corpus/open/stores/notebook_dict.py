"""The simplest store that works: dictionaries in this process."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata, UserMessageItem
from chatkit.types import MessageContentPart  # CKF103


def _plain(parts: list[MessageContentPart]) -> str:
    return " ".join(part.text for part in parts)


@dataclass
class Reader:
    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise PermissionError("readers have names")


class NotebookStore(Store[Reader]):
    def __init__(self) -> None:
        self._threads: dict[tuple[str, str], ThreadMetadata] = {}
        self._items: dict[tuple[str, str], list[ThreadItem]] = {}
        self._attachments: dict[str, tuple[str, Attachment]] = {}

    def generate_thread_id(self, context: Reader) -> str:
        return "thr_" + secrets.token_hex(16)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Reader
    ) -> str:
        return f"{item_type}_" + secrets.token_hex(16)

    async def load_thread(self, thread_id: str, context: Reader) -> ThreadMetadata:
        thread = self._threads.get((context.name, thread_id))
        if thread is None:
            return None  # CKF206
        return thread.model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: Reader) -> None:
        bare = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        self._threads[(context.name, thread.id)] = bare
        self._items.setdefault((context.name, thread.id), [])

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Reader
    ) -> Page[ThreadMetadata]:
        self._check(limit, order)
        limit = min(limit, 200)
        mine = []  # CKF109
        for (name, _), thread in self._threads.items():
            if name == context.name:
                mine.append(thread)
        mine.sort(key=lambda thread: thread.created_at.timestamp())
        if order == "desc":
            mine.reverse()
        start = next((n + 1 for n, thread in enumerate(mine) if thread.id == after), 0)  # CKF214
        page = [thread.model_copy(deep=True) for thread in mine[start : start + limit]]
        more = len(mine) > start + limit
        return Page(data=page, has_more=more, after=page[-1].id if more else None)

    @staticmethod
    def _check(limit: int, order: str) -> None:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Reader
    ) -> Page[ThreadItem]:
        self._check(limit, order)
        limit = min(limit, 200)
        line = sorted(
            self._items.get((context.name, thread_id), []),
            key=lambda item: item.created_at.timestamp(),
        )
        if order == "desc":
            line.reverse()
        start = 0
        if after is not None:
            ids = [item.id for item in line]
            if after not in ids:
                raise NotFoundError(f"Item {after} not found")
            start = ids.index(after) + 1
        page = [item.model_copy(deep=True) for item in line[start : start + limit]]
        more = len(line) > start + limit
        return Page(data=page, has_more=more, after=page[-1].id if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Reader) -> None:
        line = self._items.get((context.name, thread_id))
        if line is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        kept = item.model_copy(deep=True)
        for index, old in enumerate(line):
            if old.id == item.id:
                line[index] = kept
                return
        line.append(kept)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Reader) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Reader) -> ThreadItem:
        for item in self._items.get((context.name, thread_id), []):
            if item.id == item_id:
                return item.model_copy(deep=True)
        raise NotFoundError(f"Item {item_id} not found")

    async def delete_thread(self, thread_id, context):  # CKF108
        self._threads.pop((context.name, thread_id), None)
        self._items.pop((context.name, thread_id), None)
        for key, (name, attachment) in list(self._attachments.items()):
            if name == context.name and attachment.thread_id == thread_id:
                del self._attachments[key]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Reader) -> None:
        line = self._items.get((context.name, thread_id), [])
        line[:] = [item for item in line if item.id != item_id]

    async def search(self, words: str, context: Reader) -> list[str]:
        """The threads in which the reader wrote these words."""
        found: list[str] = []
        for (name, thread_id), line in self._items.items():
            if name != context.name:
                continue
            written = [_plain(item.content) for item in line if isinstance(item, UserMessageItem)]
            if any(words in text for text in written):
                found.append(thread_id)
        return found

    async def suggest_title(self, thread_id: str, context: Reader) -> str:
        """The first line of the conversation, short enough for a list."""
        line = self._items.get((context.name, thread_id), [])
        if not line:
            return "New conversation"
        return line[0].content[0].text[:60]  # CKF110

    async def save_attachment(self, attachment: Attachment, context: Reader) -> None:
        name, _ = self._attachments.get(attachment.id, (context.name, None))
        if name != context.name:
            raise PermissionError("this attachment belongs to somebody else")
        self._attachments[attachment.id] = (context.name, attachment.model_copy(deep=True))

    async def load_attachment(self, attachment_id: str, context: Reader) -> Attachment:
        name, attachment = self._attachments.get(attachment_id, (None, None))
        if attachment is None or name != context.name:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment.model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: Reader) -> None:
        self._attachments.pop(attachment_id, None)  # CKF201
