"""City library assistant. Sync SQLAlchemy ORM (the rest of the house is sync), run in threads."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .models import Conversation, Entry, Upload
from .shelf import Shelf, as_thread

T = TypeVar("T")
item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
file_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Patron(BaseModel):
    card_number: str
    branch: str = "central"


class LibraryDeskStore(Store[Patron]):
    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions

    async def _at_desk(self, patron: Patron, work: Callable[[Shelf], T]) -> T:
        def once() -> T:
            with self.sessions.begin() as session:
                return work(Shelf(session, patron.card_number))

        try:
            return await asyncio.to_thread(once)
        except IntegrityError:
            # two requests created the same row at once: the second try finds it
            return await asyncio.to_thread(once)

    def generate_thread_id(self, context: Patron) -> str:
        return "conv-" + secrets.token_urlsafe(18)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Patron
    ) -> str:
        return f"{item_type}-" + secrets.token_urlsafe(18)

    async def load_thread(self, thread_id: str, context: Patron) -> ThreadMetadata:
        def work(shelf: Shelf) -> ThreadMetadata | None:
            row = shelf.conversation(thread_id)
            return None if row is None else as_thread(row)

        thread = await self._at_desk(context, work)
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return thread

    async def save_thread(self, thread: ThreadMetadata, context: Patron) -> None:
        await self._at_desk(context, lambda shelf: shelf.put_conversation(thread))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Patron
    ) -> Page[ThreadMetadata]:
        def work(shelf: Shelf) -> Page[ThreadMetadata]:
            rows, last = shelf.slice(Conversation, after, limit, order, "Thread")
            return Page[ThreadMetadata](
                data=[as_thread(row) for row in rows], has_more=last is not None, after=last
            )

        return await self._at_desk(context, work)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Patron
    ) -> Page[ThreadItem]:
        def work(shelf: Shelf) -> Page[ThreadItem]:
            rows, last = shelf.slice(
                Entry, after, limit, order, "Item", conversation_id=thread_id
            )
            return Page[ThreadItem](
                data=[item_adapter.validate_json(row.body) for row in rows],
                has_more=last is not None,
                after=last,
            )

        return await self._at_desk(context, work)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Patron) -> None:
        await self._at_desk(context, lambda shelf: shelf.put_entry(thread_id, item))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Patron) -> None:
        await self._at_desk(context, lambda shelf: shelf.put_entry(thread_id, item))

    async def load_item(self, thread_id: str, item_id: str, context: Patron) -> ThreadItem:
        def work(shelf: Shelf) -> str:
            row = shelf.entry(thread_id, item_id)
            if row is None:
                raise NotFoundError(f"Item {item_id} not found")
            return row.body

        return item_adapter.validate_json(await self._at_desk(context, work))

    async def delete_thread(self, thread_id: str, context: Patron) -> None:
        def work(shelf: Shelf) -> None:
            shelf.remove(Upload, conversation_id=thread_id)
            shelf.remove(Entry, conversation_id=thread_id)
            shelf.remove(Conversation, public_id=thread_id)

        await self._at_desk(context, work)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Patron) -> None:
        await self._at_desk(
            context,
            lambda shelf: shelf.remove(Entry, conversation_id=thread_id, public_id=item_id),
        )

    async def save_attachment(self, attachment: Attachment, context: Patron) -> None:
        await self._at_desk(context, lambda shelf: shelf.put_upload(attachment))

    async def load_attachment(self, attachment_id: str, context: Patron) -> Attachment:
        def work(shelf: Shelf) -> dict[str, Any] | None:
            row = shelf.upload(attachment_id)
            return None if row is None else json.loads(row.body)

        found = await self._at_desk(context, work)
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return file_adapter.validate_python(found)

    async def delete_attachment(self, attachment_id: str, context: Patron) -> None:
        await self._at_desk(context, lambda shelf: shelf.remove(Upload, public_id=attachment_id))
