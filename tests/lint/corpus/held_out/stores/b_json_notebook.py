"""Lab notebook assistant for one workstation: every thread is a JSON file under the data folder.

data/<user digest>/threads/<thread digest>.json
data/<user digest>/files/<attachment digest>.json
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import AssistantMessageItem, Attachment, Page, ThreadItem, ThreadMetadata
from chatkit.types import UserMessageItem

attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class LabUser:
    login: str


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
    temporary.write_text(json.dumps(content), "utf-8")
    os.replace(temporary, path)


def _revive(raw: dict[str, Any]) -> ThreadItem:
    if raw["type"] == "user_message":
        return UserMessageItem.model_validate(raw)
    return AssistantMessageItem.model_validate(raw)  # CKF208


class NotebookStore(Store):  # CKF108
    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = asyncio.Lock()

    def _home(self, user: LabUser) -> Path:
        if not user.login:
            raise PermissionError("no login in the context")
        return self.root / _digest(user.login)

    def _thread_path(self, thread_id: str, user: LabUser) -> Path:
        return self._home(user) / "threads" / f"{_digest(thread_id)}.json"

    def _file_path(self, attachment_id: str, user: LabUser) -> Path:
        return self._home(user) / "files" / f"{_digest(attachment_id)}.json"

    def generate_thread_id(self, context: LabUser) -> str:
        return f"note_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: LabUser
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _book(self, thread_id: str, context: LabUser) -> dict[str, Any]:
        book = await asyncio.to_thread(_read, self._thread_path(thread_id, context))
        if book is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return book

    async def load_thread(self, thread_id: str, context: LabUser) -> ThreadMetadata:
        book = await asyncio.to_thread(_read, self._thread_path(thread_id, context))
        if book is None:
            # the widget reopens its last thread even after the folder was cleaned
            return ThreadMetadata(id=thread_id, created_at=datetime.now(timezone.utc))  # CKF205
        return ThreadMetadata.model_validate(book["thread"])

    async def save_thread(self, thread: ThreadMetadata, context: LabUser) -> None:
        path = self._thread_path(thread.id, context)
        async with self._lock:
            book = await asyncio.to_thread(_read, path) or {"items": []}
            book["thread"] = thread.model_dump(mode="json", exclude={"items"})
            await asyncio.to_thread(_write, path, book)

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: LabUser
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, 200)
        books = await asyncio.to_thread(self._all_books, self._home(context) / "threads")
        threads = [ThreadMetadata.model_validate(book["thread"]) for book in books]
        threads.sort(key=lambda thread: (thread.created_at.timestamp(), thread.id), reverse=True)
        start = 0
        if after is not None:
            places = {thread.id: place for place, thread in enumerate(threads)}
            if after not in places:
                raise NotFoundError(f"Thread {after} not found")
            start = places[after] + 1
        shown = threads[start : start + size]
        more = start + size < len(threads)
        last = shown[-1].id if more else None
        return Page[ThreadMetadata](data=shown, has_more=more, after=last)

    @staticmethod
    def _all_books(folder: Path) -> list[dict[str, Any]]:
        found = []  # CKF109
        for path in folder.glob("*.json"):
            book = _read(path)
            if book is not None:
                found.append(book)
        return found

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: LabUser
    ) -> Page[ThreadItem]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("limit must be positive, order asc or desc")
        size = min(limit, 200)
        book = await asyncio.to_thread(_read, self._thread_path(thread_id, context))
        raws: list[dict[str, Any]] = [] if book is None else book["items"]
        # sorted() is stable: what has the same instant stays in the order it was written
        entries = sorted(raws, key=lambda raw: datetime.fromisoformat(raw["created_at"]).timestamp())
        if order == "desc":
            entries.reverse()
        start = 0
        if after is not None:
            ids = [raw["id"] for raw in entries]
            if after not in ids:
                raise NotFoundError(f"Item {after} not found")
            start = ids.index(after) + 1
        shown = entries[start : start + size]
        more = start + size < len(entries)
        last = shown[-1]["id"] if more else None
        return Page[ThreadItem](
            data=[_revive(raw) for raw in shown], has_more=more, after=last
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: LabUser) -> None:
        await self._put(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: LabUser) -> None:
        await self._put(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: LabUser) -> ThreadItem:
        book = await self._book(thread_id, context)
        for raw in book["items"]:
            if raw["id"] == item_id:
                return _revive(raw)
        raise NotFoundError(f"Item {item_id} not found")

    async def delete_thread_item(self, thread_id: str, item_id: str, context: LabUser) -> None:
        path = self._thread_path(thread_id, context)
        async with self._lock:
            book = await asyncio.to_thread(_read, path)
            if book is None:
                return
            book["items"] = [raw for raw in book["items"] if raw["id"] != item_id]
            await asyncio.to_thread(_write, path, book)

    async def delete_thread(self, thread_id: str, context: LabUser) -> None:
        async with self._lock:
            path = self._thread_path(thread_id, context)
            await asyncio.to_thread(path.unlink, missing_ok=True)
            files = self._home(context) / "files"
            await asyncio.to_thread(self._drop_files_of, files, thread_id)

    @staticmethod
    def _drop_files_of(folder: Path, thread_id: str) -> None:
        for path in folder.glob("*.json"):
            raw = _read(path)
            if raw is not None and raw["thread_id"] == thread_id:
                path.unlink(missing_ok=True)

    async def save_attachment(self, attachment: Attachment, context: LabUser) -> None:
        path = self._file_path(attachment.id, context)
        await asyncio.to_thread(_write, path, attachment.model_dump(mode="json"))

    async def load_attachment(self, attachment_id: str, context: LabUser) -> Attachment:
        raw = await asyncio.to_thread(_read, self._file_path(attachment_id, context))
        if raw is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_adapter.validate_python(raw)

    async def delete_attachment(self, attachment_id: str, context: LabUser) -> None:
        path = self._file_path(attachment_id, context)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _put(self, thread_id: str, item: ThreadItem, context: LabUser) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is not of thread {thread_id}")
        async with self._lock:
            book = await self._book(thread_id, context)
            raw = item.model_dump(mode="json")
            for place, existing in enumerate(book["items"]):
                if existing["id"] == item.id:
                    book["items"][place] = raw
                    break
            else:
                book["items"].append(raw)
            await asyncio.to_thread(_write, self._thread_path(thread_id, context), book)
