"""Azure Cosmos DB store: one container, partitioned by the user."""

import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError
from azure.identity.aio import DefaultAzureCredential
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    ClientToolCallItem,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
)
from pydantic import TypeAdapter

ENDPOINT = "https://acme-chat-prod.documents.azure.com:443/"  # CKF401

AttachmentModel: TypeAdapter[Attachment] = TypeAdapter(Attachment)

T = TypeVar("T")


def row_id(kind: str, *parts: str) -> str:
    return "|".join([kind, *(part.encode().hex() for part in parts)])


class CosmosStore(Store[dict]):  # CKF101 CKF108
    def __init__(self, container: ContainerProxy) -> None:
        self.container = container

    @classmethod
    async def connect(cls, database: str, container: str) -> "CosmosStore":
        client = CosmosClient(ENDPOINT, credential=DefaultAzureCredential())
        db = await client.create_database_if_not_exists(database)
        return cls(
            await db.create_container_if_not_exists(
                container, partition_key=PartitionKey(path="/owner")
            )
        )

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    def _owner(self, context: dict[str, Any]) -> str:
        owner = context.get("oid")
        if not isinstance(owner, str) or not owner:
            raise PermissionError("no oid claim")
        return owner

    async def _retrying(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run a request again when Cosmos says that it is too busy."""
        for pause in (0.2, 1.0, 3.0):
            try:
                return await call()
            except CosmosHttpResponseError as error:
                if error.status_code != 429:
                    raise
                time.sleep(pause)  # CKF215
        return await call()

    async def _read(self, key: str, owner: str) -> dict[str, Any] | None:
        try:
            return await self._retrying(
                lambda: self.container.read_item(key, partition_key=owner)
            )
        except CosmosResourceNotFoundError:
            return None

    async def _query(
        self, sql: str, owner: str, parameters: dict[str, Any]
    ) -> list[dict[str, Any]]:
        rows = self.container.query_items(
            sql,
            partition_key=owner,
            parameters=[{"name": f"@{name}", "value": value} for name, value in parameters.items()],
        )
        return [row async for row in rows]

    async def _write(self, document: dict[str, Any]) -> None:
        old = await self._read(document["id"], document["owner"])
        document["seq"] = old["seq"] if old else time.time_ns()
        await self._retrying(lambda: self.container.upsert_item(document))

    @staticmethod
    def _micros(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)

    def _decode(self, document: dict[str, Any]) -> ThreadItem:
        models = {  # CKF208
            "user_message": UserMessageItem,
            "assistant_message": AssistantMessageItem,
            "client_tool_call": ClientToolCallItem,
        }
        return models[document["type"]].model_validate_json(document["body"])

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        document = await self._read(row_id("thread", thread_id), self._owner(context))
        if document is None:
            return ThreadMetadata(id=thread_id, created_at=datetime.now(timezone.utc))  # CKF205
        return ThreadMetadata.model_validate_json(document["body"])

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self._write(
            {
                "id": row_id("thread", thread.id),
                "owner": self._owner(context),
                "kind": "thread",
                "key": thread.id,
                "at": self._micros(thread.created_at),
                "body": thread.model_dump_json(exclude={"items"}),
            }
        )

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, 200)
        owner = self._owner(context)
        where = "c.kind = 'thread'"
        parameters: dict[str, Any] = {"take": size + 1}
        if after is not None:
            last = await self._read(row_id("thread", after), owner)
            if last is None:
                raise NotFoundError(f"Thread {after} not found")
            where += " AND (c.at < @at OR (c.at = @at AND c.seq < @seq))"
            parameters |= {"at": last["at"], "seq": last["seq"]}
        rows = await self._query(
            f"SELECT * FROM c WHERE {where} ORDER BY c.at DESC, c.seq DESC OFFSET 0 LIMIT @take",
            owner,
            parameters,
        )
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=has_more,
            after=rows[-1]["key"] if has_more else None,
            first_id=rows[0]["key"] if rows else None,  # CKF105
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        rows = await self._query(
            "SELECT c.id FROM c WHERE c.thread = @thread OR c.id = @id",
            owner,
            {"thread": thread_id, "id": row_id("thread", thread_id)},
        )
        for row in rows:
            await self.container.delete_item(row["id"], partition_key=owner)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("bad limit or order")
        size = min(limit, 200)
        owner = self._owner(context)
        way, sign = ("ASC", ">") if order == "asc" else ("DESC", "<")
        where = "c.kind = 'item' AND c.thread = @thread"
        parameters: dict[str, Any] = {"thread": thread_id, "take": size + 1}
        if after is not None:
            last = await self._read(row_id("item", thread_id, after), owner)
            if last is None:
                raise NotFoundError(f"Item {after} not found")
            where += f" AND (c.at {sign} @at OR (c.at = @at AND c.seq {sign} @seq))"
            parameters |= {"at": last["at"], "seq": last["seq"]}
        rows = await self._query(
            f"SELECT * FROM c WHERE {where}"
            f" ORDER BY c.at {way}, c.seq {way} OFFSET 0 LIMIT @take",
            owner,
            parameters,
        )
        has_more = len(rows) > size
        rows = rows[:size]
        return Page(
            data=[self._decode(row) for row in rows],
            has_more=has_more,
            after=rows[-1]["key"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        owner = self._owner(context)
        if await self._read(row_id("thread", thread_id), owner) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self._write(
            {
                "id": row_id("item", thread_id, item.id),
                "owner": owner,
                "kind": "item",
                "key": item.id,
                "thread": thread_id,
                "type": item.type,
                "at": self._micros(item.created_at),
                "body": item.model_dump_json(),
            }
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        document = await self._read(row_id("item", thread_id, item_id), self._owner(context))
        if document is None:
            raise NotFoundError(f"Item {item_id} not found")
        return self._decode(document)

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        await self._write(
            {
                "id": row_id("attachment", attachment.id),
                "owner": self._owner(context),
                "kind": "attachment",
                "thread": attachment.thread_id,
                "body": attachment.model_dump_json(),
            }
        )

    async def load_attachment(
        self, attachment_id: str, context: dict[str, Any]
    ) -> Attachment:
        document = await self._read(row_id("attachment", attachment_id), self._owner(context))
        if document is None:
            raise KeyError(attachment_id)  # CKF206
        return AttachmentModel.validate_json(document["body"])

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        key = row_id("attachment", attachment_id)
        if await self._read(key, owner) is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")  # CKF219
        await self.container.delete_item(key, partition_key=owner)
