import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Engine, Select, delete, select, tuple_

from .tables import Base, Bed, Owned, Photo, Reading
from .tenancy import GrowerContext, GrowerSession

R = TypeVar("R")
M = TypeVar("M", bound=Owned)
_items: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_files: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def _instant(value: datetime) -> int:
    return round(value.timestamp() * 1e6)


def _first(session: GrowerSession, model: type[M], *where: ColumnElement[bool]) -> M | None:
    return session.scalars(select(model).where(*where)).one_or_none()


class GreenhouseStore(Store[GrowerContext]):
    page_cap = 200

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def _work(self, context: GrowerContext, job: Callable[[GrowerSession], R]) -> R:
        def run() -> R:
            with GrowerSession.of(self.engine, context) as session, session.begin():
                return job(session)

        return await asyncio.to_thread(run)

    def generate_thread_id(self, context: GrowerContext) -> str:
        return "bed_" + uuid.uuid4().hex

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: GrowerContext) -> str:
        return f"{item_type}_" + uuid.uuid4().hex

    async def load_thread(self, thread_id: str, context: GrowerContext) -> ThreadMetadata:
        def job(session: GrowerSession) -> str:
            return self._bed(session, thread_id).payload

        return ThreadMetadata.model_validate_json(await self._work(context, job))

    async def save_thread(self, thread: ThreadMetadata, context: GrowerContext) -> None:
        def job(session: GrowerSession) -> None:
            bed = _first(session, Bed, Bed.id == thread.id)
            if bed is None:
                bed = Bed(id=thread.id)
                session.add(bed)
            bed.created_us = _instant(thread.created_at)
            bed.payload = thread.model_dump_json(exclude={"items"})

        await self._work(context, job)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: GrowerContext
    ) -> Page[ThreadMetadata]:
        def job(session: GrowerSession) -> list[tuple[str, str]]:
            query = select(Bed)
            anchor = self._bed(session, after) if after is not None else None
            return self._slice(session, query, Bed, anchor, limit, order)

        rows = await self._work(context, job)
        size = min(limit, self.page_cap)
        return Page(
            data=[ThreadMetadata.model_validate_json(payload) for _, payload in rows[:size]],
            has_more=len(rows) > size,
            after=rows[size - 1][0] if len(rows) > size else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: GrowerContext
    ) -> Page[ThreadItem]:
        def job(session: GrowerSession) -> list[tuple[str, str]]:
            anchor: Reading | None = None
            if after is not None:
                anchor = _first(session, Reading, Reading.bed_id == thread_id, Reading.id == after)
                if anchor is None:
                    raise NotFoundError(f"Item {after} not found")
            query = select(Reading).where(Reading.bed_id == thread_id)
            return self._slice(session, query, Reading, anchor, limit, order)

        rows = await self._work(context, job)
        size = min(limit, self.page_cap)
        return Page(
            data=[_items.validate_json(payload) for _, payload in rows[:size]],
            has_more=len(rows) > size,
            after=rows[size - 1][0] if len(rows) > size else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: GrowerContext) -> None:
        await self._work(context, lambda session: self._put(session, thread_id, item))

    async def save_item(self, thread_id: str, item: ThreadItem, context: GrowerContext) -> None:
        await self._work(context, lambda session: self._put(session, thread_id, item))

    async def load_item(self, thread_id: str, item_id: str, context: GrowerContext) -> ThreadItem:
        def job(session: GrowerSession) -> str:
            reading = _first(session, Reading, Reading.bed_id == thread_id, Reading.id == item_id)
            if reading is None:
                raise NotFoundError(f"Item {item_id} not found")
            return reading.payload

        return _items.validate_json(await self._work(context, job))

    async def delete_thread(self, thread_id: str, context: GrowerContext) -> None:
        def job(session: GrowerSession) -> None:
            for mapper in Base.registry.mappers:
                model = mapper.class_
                if issubclass(model, Owned):
                    session.execute(delete(model).where(getattr(model, model.THREAD_KEY) == thread_id))

        await self._work(context, job)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: GrowerContext) -> None:
        gone = delete(Reading).where(Reading.bed_id == thread_id, Reading.id == item_id)
        await self._work(context, lambda session: session.execute(gone))

    async def save_attachment(self, attachment: Attachment, context: GrowerContext) -> None:
        def job(session: GrowerSession) -> None:
            photo = _first(session, Photo, Photo.id == attachment.id)
            if photo is None:
                photo = Photo(id=attachment.id)
                session.add(photo)
            photo.bed_id = attachment.thread_id
            photo.payload = _files.dump_json(attachment).decode()

        await self._work(context, job)

    async def load_attachment(self, attachment_id: str, context: GrowerContext) -> Attachment:
        def job(session: GrowerSession) -> str | None:
            photo = _first(session, Photo, Photo.id == attachment_id)
            return None if photo is None else photo.payload

        payload = await self._work(context, job)
        if payload is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _files.validate_json(payload)

    async def delete_attachment(self, attachment_id: str, context: GrowerContext) -> None:
        gone = delete(Photo).where(Photo.id == attachment_id)
        await self._work(context, lambda session: session.execute(gone))

    # -- inside the worker thread ------------------------------------------------------------

    def _bed(self, session: GrowerSession, thread_id: str) -> Bed:
        bed = _first(session, Bed, Bed.id == thread_id)
        if bed is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return bed

    def _put(self, session: GrowerSession, thread_id: str, item: ThreadItem) -> None:
        bed = self._bed(session, thread_id)
        reading = _first(session, Reading, Reading.bed_id == bed.id, Reading.id == item.id)
        if reading is None:
            reading = Reading(bed_id=bed.id, id=item.id)
            session.add(reading)
        reading.created_us = _instant(item.created_at)
        reading.payload = _items.dump_json(item).decode()

    def _slice(
        self,
        session: GrowerSession,
        query: Select[tuple[Bed]] | Select[tuple[Reading]],
        model: type[Bed] | type[Reading],
        anchor: Bed | Reading | None,
        limit: int,
        order: str,
    ) -> list[tuple[str, str]]:
        if limit < 1:
            raise ValueError(f"limit {limit} is not positive")
        if order not in {"asc", "desc"}:
            raise ValueError(f"order {order!r} is neither asc nor desc")
        place = tuple_(model.created_us, model.seq)
        if order == "asc":
            query = query.order_by(model.created_us, model.seq)
            if anchor is not None:
                query = query.where(place > (anchor.created_us, anchor.seq))
        else:
            query = query.order_by(model.created_us.desc(), model.seq.desc())
            if anchor is not None:
                query = query.where(place < (anchor.created_us, anchor.seq))
        return [(row.id, row.payload) for row in session.scalars(query.limit(min(limit, self.page_cap) + 1))]
