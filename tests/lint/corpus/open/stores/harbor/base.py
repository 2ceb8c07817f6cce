"""What does not depend on threads and items: ids, the worker thread, attachments."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, ThreadMetadata
from sqlalchemy.orm import Session, sessionmaker

from .repository import OwnerRepository, attachments

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Visitor:
    subject: str | None


class LongIds(Store[Visitor]):
    """Ids of 128 random bits."""

    def generate_thread_id(self, context: Visitor) -> str:
        return "thr_" + secrets.token_hex(16)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Visitor
    ) -> str:
        return f"{item_type}_{secrets.token_hex(16)}"


class SessionBound(LongIds):
    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    async def _with(self, context: Visitor, work: Callable[[OwnerRepository], Result]) -> Result:
        if not context.subject:
            raise PermissionError("no visitor on this request")
        owner = context.subject

        def unit() -> Result:
            with self._sessions.begin() as session:
                return work(OwnerRepository(session, owner))

        return await asyncio.to_thread(unit)


class AttachmentMixin(SessionBound):
    async def save_attachment(self, attachment: Attachment, context: Visitor) -> None:
        await self._with(context, lambda mine: mine.put_attachment(attachment))

    async def load_attachment(self, attachment_id: str, context: Visitor) -> Attachment:
        def read(mine: OwnerRepository) -> str | None:
            row = mine.attachment(attachment_id)
            return row.document if row else None

        document = await self._with(context, read)
        if document is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachments.validate_json(document)

    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        await self._with(context, lambda mine: mine.drop_attachment(attachment_id))
