"""Connection handling, ids and attachments for our asyncpg stores."""

import uuid
from abc import ABC
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, ThreadMetadata
from pydantic import TypeAdapter

from .settings import Settings

ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass
class AppContext:
    user_id: str
    request_id: str = ""


class AsyncpgBase(Store[AppContext], ABC):
    def __init__(self) -> None:
        self.pool: asyncpg.Pool | None = None

    async def connect(self) -> None:
        self.pool = await asyncpg.create_pool(Settings.database_url)  # CKF112

    async def close(self) -> None:
        await self.pool.close()  # CKF111

    def ready(self) -> asyncpg.Pool:
        if self.pool is None:
            raise RuntimeError("connect() has not been called")
        return self.pool

    def owner(self, context: AppContext) -> str:
        if not context.user_id:
            raise PermissionError("no user")
        return context.user_id

    def generate_thread_id(self, context: AppContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: AppContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    @staticmethod
    def micros(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)

    async def save_attachment(self, attachment: Attachment, context: AppContext) -> None:
        await self.ready().execute(
            """
            INSERT INTO attachments (owner, id, thread_id, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (owner, id) DO UPDATE SET thread_id = $3, body = $4
            """,
            self.owner(context),
            attachment.id,
            attachment.thread_id,
            attachment.model_dump_json(),
        )

    async def delete_attachment(self, attachment_id: str, context: AppContext) -> None:
        done = await self.ready().execute(
            "DELETE FROM attachments WHERE owner = $1 AND id = $2",
            self.owner(context),
            attachment_id,
        )
        if done == "DELETE 0":
            raise NotFoundError(f"Attachment {attachment_id} not found")  # CKF219
