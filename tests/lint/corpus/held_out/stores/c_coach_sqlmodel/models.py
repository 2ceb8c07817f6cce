"""SQLModel tables. Every primary key starts with the athlete, so ids never have to be global."""

from datetime import datetime, timezone
from typing import Any

from chatkit.types import ThreadItem, ThreadMetadata
from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel


def micros(value: datetime) -> int:
    """Sortable instant of a (possibly naive, then local) datetime."""
    return round(value.astimezone(timezone.utc).timestamp() * 1_000_000)


class ThreadRow(SQLModel, table=True):
    __tablename__ = "coach_threads"

    athlete_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    created_us: int = Field(sa_type=BigInteger, index=True)
    created_text: str
    title: str | None = None
    status: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    image_domains: list[str] | None = Field(default=None, sa_column=Column(JSON))
    meta: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))

    @classmethod
    def from_thread(cls, athlete_id: str, thread: ThreadMetadata) -> "ThreadRow":
        return cls(
            athlete_id=athlete_id,
            id=thread.id,
            created_us=micros(thread.created_at),
            created_text=thread.created_at.isoformat(),
            title=thread.title,
            status=thread.status.model_dump(mode="json"),
            image_domains=thread.allowed_image_domains,
            meta=dict(thread.metadata),
        )

    def to_thread(self) -> ThreadMetadata:
        return ThreadMetadata.model_validate(
            {
                "id": self.id,
                "created_at": datetime.fromisoformat(self.created_text),
                "title": self.title,
                "status": self.status,
                "allowed_image_domains": self.image_domains,
                "metadata": dict(self.meta),
            }
        )


class ItemRow(SQLModel, table=True):
    __tablename__ = "coach_items"

    athlete_id: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    created_us: int = Field(sa_type=BigInteger, index=True)
    body: str

    @classmethod
    def from_item(cls, athlete_id: str, thread_id: str, item: ThreadItem) -> "ItemRow":
        return cls(
            athlete_id=athlete_id,
            thread_id=thread_id,
            id=item.id,
            created_us=micros(item.created_at),
            body=item.model_dump_json(),
        )


class AttachmentRow(SQLModel, table=True):
    __tablename__ = "coach_attachments"

    athlete_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    thread_id: str | None = Field(default=None, index=True)
    body: str
