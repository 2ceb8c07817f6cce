"""ChatKit's view of the repositories: one unit of work per call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

from .repositories import AttachmentRepository, ItemRepository, ThreadRepository

_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class AthleteContext:
    athlete_id: str


@dataclass
class UnitOfWork:
    """The three repositories of one transaction."""

    threads: ThreadRepository
    items: ItemRepository
    attachments: AttachmentRepository


class CoachStore(Store[AthleteContext]):
    """Store of the running coach.

    Args:
        sessions: Factory of SQLModel async sessions, `expire_on_commit=False`.
    """

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    @asynccontextmanager
    async def _work(self, context: AthleteContext) -> AsyncIterator[UnitOfWork]:
        who = context.athlete_id
        if not who:
            raise PermissionError("no athlete in the request context")
        async with self._sessions() as session, session.begin():
            yield UnitOfWork(
                threads=ThreadRepository(session, who),
                items=ItemRepository(session, who),
                attachments=AttachmentRepository(session, who),
            )

    def generate_thread_id(self, context: AthleteContext) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: AthleteContext
    ) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def load_thread(self, thread_id: str, context: AthleteContext) -> ThreadMetadata:
        async with self._work(context) as work:
            return (await work.threads.get(thread_id)).to_thread()

    async def save_thread(self, thread: ThreadMetadata, context: AthleteContext) -> None:
        async with self._work(context) as work:
            await work.threads.upsert(thread)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: AthleteContext
    ) -> Page[ThreadMetadata]:
        async with self._work(context) as work:
            rows = await work.threads.page(after, limit, order)
        has_more = len(rows) > limit
        return Page(  # CKF105, CKF213
            data=[row.to_thread() for row in rows[:limit]],
            has_more=has_more,
            next_cursor=rows[limit - 1].id if has_more else None,
        )

    async def delete_thread(self, thread_id: str, context: AthleteContext) -> None:
        async with self._work(context) as work:
            await work.threads.remove(thread_id)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: AthleteContext,
    ) -> Page[ThreadItem]:
        async with self._work(context) as work:
            rows = await work.items.page(thread_id, after, limit, order)
        has_more = len(rows) > limit
        return Page(
            data=[_items.validate_json(row.body) for row in rows[:limit]],
            has_more=has_more,
            after=rows[limit - 1].id if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: AthleteContext
    ) -> None:
        async with self._work(context) as work:
            await work.threads.get(thread_id)
            await work.items.put(thread_id, item)

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: AthleteContext
    ) -> None:
        async with self._work(context) as work:
            await work.threads.get(thread_id)
            await work.items.replace(thread_id, item)

    async def load_item(
        self, thread_id: str, item_id: str, context: AthleteContext
    ) -> ThreadItem:
        async with self._work(context) as work:
            return _items.validate_json((await work.items.get(thread_id, item_id)).body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: AthleteContext
    ) -> None:
        async with self._work(context) as work:
            await work.items.remove(thread_id, item_id)

    async def save_attachment(self, attachment: Attachment, context: AthleteContext) -> None:
        async with self._work(context) as work:
            await work.attachments.put(attachment)

    async def load_attachment(
        self, attachment_id: str, context: AthleteContext
    ) -> Attachment:
        async with self._work(context) as work:
            return _attachments.validate_json((await work.attachments.get(attachment_id)).body)

    async def delete_attachment(self, attachment_id: str, context: AthleteContext) -> None:
        async with self._work(context) as work:
            await work.attachments.remove(attachment_id)
