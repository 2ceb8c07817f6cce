"""Everything one owner may reach. Synchronous: it runs in a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from chatkit.store import NotFoundError
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.orm import Session

from .tables import AttachmentRow, ItemRow, ThreadRow

items = TypeAdapter[ThreadItem](ThreadItem)
attachments = TypeAdapter[Attachment](Attachment)

Row = TypeVar("Row", ThreadRow, ItemRow)


def instant_of(moment: datetime) -> int:
    utc = moment.astimezone(timezone.utc)
    return int(utc.replace(microsecond=0).timestamp()) * 1_000_000 + utc.microsecond


class OwnerRepository:
    def __init__(self, session: Session, owner: str) -> None:
        self._session = session
        self._owner = owner

    def thread(self, thread_id: str) -> ThreadRow | None:
        return self._session.scalars(
            select(ThreadRow).filter_by(owner=self._owner, public_id=thread_id)
        ).one_or_none()

    def item(self, thread_id: str, item_id: str) -> ItemRow | None:
        return self._session.scalars(
            select(ItemRow).filter_by(
                owner=self._owner, thread_id=thread_id, public_id=item_id
            )
        ).one_or_none()

    def attachment(self, attachment_id: str) -> AttachmentRow | None:
        return self._session.scalars(
            select(AttachmentRow).filter_by(owner=self._owner, public_id=attachment_id)
        ).one_or_none()

    def put_thread(self, thread: ThreadMetadata) -> None:
        row = self.thread(thread.id)
        if row is None:
            row = ThreadRow(owner=self._owner, public_id=thread.id)
            self._session.add(row)
        row.instant = instant_of(thread.created_at)
        row.document = thread.model_dump_json(exclude={"items"})

    def put_item(self, thread_id: str, item: ThreadItem) -> None:
        if self.thread(thread_id) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        row = self.item(thread_id, item.id)
        if row is None:
            row = ItemRow(owner=self._owner, thread_id=thread_id, public_id=item.id)
            self._session.add(row)
        row.instant = instant_of(item.created_at)
        row.document = items.dump_json(item).decode()

    def put_attachment(self, attachment: Attachment) -> None:
        row = self.attachment(attachment.id)
        if row is None:
            row = AttachmentRow(owner=self._owner, public_id=attachment.id)
            self._session.add(row)
        row.thread_id = attachment.thread_id
        row.document = attachments.dump_json(attachment).decode()

    def threads_page(self, limit: int, after: str | None, order: str) -> Sequence[ThreadRow]:
        cursor: ThreadRow | None = None
        if after is not None and (cursor := self.thread(after)) is None:
            raise NotFoundError(f"Thread {after} not found")
        mine = select(ThreadRow).where(ThreadRow.owner == self._owner)
        return self._walk(mine, ThreadRow, cursor, limit, order)

    def items_page(
        self, thread_id: str, limit: int, after: str | None, order: str
    ) -> Sequence[ItemRow]:
        cursor: ItemRow | None = None
        if after is not None and (cursor := self.item(thread_id, after)) is None:
            raise NotFoundError(f"Item {after} not found")
        mine = select(ItemRow).filter_by(owner=self._owner, thread_id=thread_id)
        return self._walk(mine, ItemRow, cursor, limit, order)

    def _walk(
        self,
        query: Select[Any],
        table: type[Row],
        cursor: Row | None,
        limit: int,
        order: str,
    ) -> Sequence[Row]:
        position = tuple_(table.instant, table.seq)
        if order == "asc":
            query = query.order_by(table.instant.asc(), table.seq.asc())
        else:
            query = query.order_by(table.instant.desc(), table.seq.desc())
        if cursor is not None:
            here = (cursor.instant, cursor.seq)
            query = query.where(position > here if order == "asc" else position < here)
        return self._session.scalars(query.limit(limit)).all()

    def drop_thread(self, thread_id: str) -> None:
        for table in (ItemRow, AttachmentRow):
            self._session.execute(
                delete(table).where(table.owner == self._owner, table.thread_id == thread_id)
            )
        self._session.execute(
            delete(ThreadRow).filter_by(owner=self._owner, public_id=thread_id)
        )

    def drop_item(self, thread_id: str, item_id: str) -> None:
        self._session.execute(
            delete(ItemRow).filter_by(owner=self._owner, thread_id=thread_id, public_id=item_id)
        )

    def drop_attachment(self, attachment_id: str) -> None:
        self._session.execute(
            delete(AttachmentRow).filter_by(owner=self._owner, public_id=attachment_id)
        )
