from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from chatkit.store import NotFoundError
from chatkit.types import Attachment, ThreadItem, ThreadMetadata

from .models import Conversation, Entry, Upload


def _micros(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)


def as_thread(row: Conversation) -> ThreadMetadata:
    return ThreadMetadata.model_validate(
        {
            "id": row.public_id,
            "created_at": row.created_at_text,
            "title": row.title,
            "status": row.status,
            "allowed_image_domains": row.image_domains,
            "metadata": row.extra,
        }
    )


class Shelf:
    """One patron's rows in one session. Nothing else in this package builds a query."""

    def __init__(self, session: Session, card_number: str) -> None:
        if not isinstance(card_number, str) or not card_number:
            raise PermissionError("a library card is needed")
        self.session = session
        self.card = card_number

    def conversation(self, thread_id: str) -> Conversation | None:
        return self.session.scalars(
            select(Conversation).filter_by(card_number=self.card, public_id=thread_id)
        ).one_or_none()

    def entry(self, thread_id: str, item_id: str) -> Entry | None:
        return self.session.scalars(
            select(Entry).filter_by(
                card_number=self.card, conversation_id=thread_id, public_id=item_id
            )
        ).one_or_none()

    def put_conversation(self, thread: ThreadMetadata) -> None:
        dumped = thread.model_dump(mode="json", exclude={"items"})
        row = self.conversation(thread.id)
        if row is None:
            row = Conversation(card_number=self.card, public_id=thread.id)
            self.session.add(row)
        row.micros = _micros(thread.created_at)
        row.created_at_text = thread.created_at.isoformat()
        row.title = thread.title
        row.status = dumped["status"]
        row.image_domains = dumped["allowed_image_domains"]
        row.extra = dumped["metadata"]

    def put_entry(self, thread_id: str, item: ThreadItem) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} is of thread {item.thread_id}, not {thread_id}")
        if self.conversation(thread_id) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        row = self.entry(thread_id, item.id)
        if row is None:
            row = Entry(card_number=self.card, conversation_id=thread_id, public_id=item.id)
            self.session.add(row)
        row.micros = _micros(item.created_at)
        row.body = item.model_dump_json()

    def put_upload(self, attachment: Attachment) -> None:
        row = self.session.get(Upload, (self.card, attachment.id))
        if row is None:
            row = Upload(card_number=self.card, public_id=attachment.id)
            self.session.add(row)
        row.conversation_id = attachment.thread_id
        row.body = attachment.model_dump_json()

    def upload(self, attachment_id: str) -> Upload | None:
        return self.session.get(Upload, (self.card, attachment_id))

    def remove(self, model: type[Conversation] | type[Entry] | type[Upload], **keys: str) -> None:
        self.session.execute(delete(model).filter_by(card_number=self.card, **keys))

    def slice(
        self,
        model: type[Conversation] | type[Entry],
        after: str | None,
        limit: int,
        order: str,
        noun: str,
        **keys: str,
    ) -> tuple[list[Any], str | None]:
        if order not in {"asc", "desc"} or limit <= 0:
            raise ValueError("limit must be positive and order asc or desc")
        size = min(limit, 200)
        mine = select(model).filter_by(card_number=self.card, **keys)
        if after is not None:
            edge = self.session.scalars(mine.filter_by(public_id=after)).one_or_none()
            if edge is None:
                raise NotFoundError(f"{noun} {after} not found")
            beyond = (
                (model.micros < edge.micros, model.row_no < edge.row_no)
                if order == "desc"
                else (model.micros > edge.micros, model.row_no > edge.row_no)
            )
            mine = mine.where(or_(beyond[0], and_(model.micros == edge.micros, beyond[1])))
        ordering = (
            (model.micros.desc(), model.row_no.desc())
            if order == "desc"
            else (model.micros.asc(), model.row_no.asc())
        )
        rows = list(self.session.scalars(mine.order_by(*ordering).limit(size + 1)))
        more = len(rows) > size
        rows = rows[:size]
        return rows, rows[-1].public_id if more else None
