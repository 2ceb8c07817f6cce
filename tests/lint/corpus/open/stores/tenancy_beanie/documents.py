from datetime import datetime
from typing import Any, ClassVar

import pymongo
from beanie import Document
from pydantic import Field

from chatkit.types import ThreadMetadata


def micros(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


class ThreadDoc(Document):
    tenant_no: str
    thread_id: str
    at: int
    created_at: str  # ISO text: BSON dates keep milliseconds only
    title: str | None = None
    status: dict[str, Any]
    allowed_image_domains: list[str] | None = None
    meta: dict[str, Any] = Field(default_factory=dict)

    class Settings:
        name = "helpline_threads"
        indexes: ClassVar[list[pymongo.IndexModel]] = [
            pymongo.IndexModel([("tenant_no", 1), ("thread_id", 1)], unique=True),
            pymongo.IndexModel([("tenant_no", 1), ("at", 1), ("_id", 1)]),
        ]

    @classmethod
    def build(cls, thread: ThreadMetadata, tenant_no: str) -> "ThreadDoc":
        return cls(
            tenant_no=tenant_no,
            thread_id=thread.id,
            at=micros(thread.created_at),
            created_at=thread.created_at.isoformat(),
            title=thread.title,
            status=thread.status.model_dump(),
            allowed_image_domains=thread.allowed_image_domains,
            meta=thread.metadata,
        )

    def metadata(self) -> ThreadMetadata:
        return ThreadMetadata.model_validate(
            {
                "id": self.thread_id,
                "created_at": datetime.fromisoformat(self.created_at),
                "title": self.title,
                "status": self.status,
                "allowed_image_domains": self.allowed_image_domains,
                "metadata": self.meta,
            }
        )


class ItemDoc(Document):
    tenant_no: str
    thread_id: str
    item_id: str
    at: int
    body: str

    class Settings:
        name = "helpline_items"
        indexes: ClassVar[list[pymongo.IndexModel]] = [
            pymongo.IndexModel([("tenant_no", 1), ("thread_id", 1), ("item_id", 1)], unique=True),
            pymongo.IndexModel([("tenant_no", 1), ("thread_id", 1), ("at", 1), ("_id", 1)]),
        ]


class AttachmentDoc(Document):
    id: str  # type: ignore[assignment]
    tenant_no: str
    thread_id: str | None = None
    body: str

    class Settings:
        name = "helpline_attachments"
