"""Azure Cosmos DB: one container, partitioned by owner, a document for each object."""

import logging
import uuid
from datetime import datetime, timezone
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import AssistantMessageItem, Attachment, ClientToolCallItem, EndOfTurnItem
from chatkit.types import Page, ThreadItem, ThreadMetadata, UserMessageItem, WidgetItem
from fastapi import HTTPException
from pydantic import TypeAdapter

logger = logging.getLogger(__name__)

Doc = dict[str, Any]
item_adapter = TypeAdapter[ThreadItem](ThreadItem)

ASCENDING = "ORDER BY c.at ASC, c.arrival ASC"
DESCENDING = "ORDER BY c.at DESC, c.arrival DESC"
ABOVE = "AND (c.at > @at OR (c.at = @at AND c.arrival > @arrival))"
BELOW = "AND (c.at < @at OR (c.at = @at AND c.arrival < @arrival))"

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _at(value: datetime) -> int:
    delta = value.astimezone(timezone.utc) - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


class AtlasStore(Store[dict[str, Any]]):
    def __init__(self, container: ContainerProxy) -> None:
        self.container = container

    def _owner(self, context: dict[str, Any]) -> str:
        owner = context.get("oid")
        if not isinstance(owner, str) or not owner:
            raise PermissionError("request is not signed in")
        return owner

    def generate_thread_id(self, context: dict[str, Any]) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: dict[str, Any]
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _read(self, owner: str, document_id: str) -> Doc | None:
        try:
            return await self.container.read_item(document_id, partition_key=owner)
        except CosmosResourceNotFoundError:
            return None

    async def _put(self, owner: str, document_id: str, document: Doc) -> None:
        old = await self._read(owner, document_id)
        arrival = old["arrival"] if old else datetime.now(timezone.utc).timestamp()
        await self.container.upsert_item(
            {**document, "id": document_id, "owner": owner, "arrival": arrival}
        )

    async def _drop(self, owner: str, document_id: str) -> None:
        try:
            await self.container.delete_item(document_id, partition_key=owner)
        except CosmosResourceNotFoundError:
            logger.debug("%s was already gone", document_id)

    async def _query(self, owner: str, sql: str, **values: Any) -> list[Doc]:
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        found = self.container.query_items(sql, parameters=parameters, partition_key=owner)
        return [document async for document in found]

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        document = await self._read(self._owner(context), f"thread:{thread_id}")
        if document is None:
            raise HTTPException(status_code=404, detail="Thread not found")  # CKF206
        return ThreadMetadata.model_validate(document["body"])

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self._put(
            self._owner(context),
            f"thread:{thread.id}",
            {
                "kind": "thread",
                "key": thread.id,
                "at": _at(thread.created_at),
                "body": thread.model_dump(mode="json", exclude={"items"}),
            },
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        owner = self._owner(context)
        sql = "SELECT * FROM c WHERE c.kind = 'thread'"
        values: dict[str, Any] = {"rows": limit + 1}
        if after is not None:
            mark = await self._read(owner, f"thread:{after}")
            if mark is None:
                raise NotFoundError(f"Thread {after} not found")
            sql = f"{sql} {ABOVE if order == 'asc' else BELOW}"
            values.update(at=mark["at"], arrival=mark["arrival"])
        sql = f"{sql} {ASCENDING if order == 'asc' else DESCENDING} OFFSET 0 LIMIT @rows"
        documents = await self._query(owner, sql, **values)
        threads: list[ThreadMetadata] = []
        for document in documents[:limit]:
            threads.append(ThreadMetadata(**document["body"], updated_at=document["_ts"]))  # CKF105
        more = len(documents) > limit
        return Page(data=threads, has_more=more, after=threads[-1].id if more else None)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: dict[str, Any],
    ) -> Page[ThreadItem]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        limit = min(limit, 200)
        owner = self._owner(context)
        sql = "SELECT * FROM c WHERE c.kind = 'item' AND c.thread = @thread"
        values: dict[str, Any] = {"rows": limit + 1, "thread": thread_id}
        if after is not None:
            mark = await self._read(owner, f"item:{thread_id}:{after}")
            if mark is None:
                raise NotFoundError(f"Item {after} not found")
            sql = f"{sql} {ABOVE if order == 'asc' else BELOW}"
            values.update(at=mark["at"], arrival=mark["arrival"])
        sql = f"{sql} {ASCENDING if order == 'asc' else DESCENDING} OFFSET 0 LIMIT @rows"
        documents = await self._query(owner, sql, **values)
        more = len(documents) > limit
        page = documents[:limit]
        return Page(
            data=[item_adapter.validate_python(document["body"]) for document in page],
            has_more=more,
            after=page[-1]["key"] if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        kept = (UserMessageItem, AssistantMessageItem, WidgetItem, ClientToolCallItem, EndOfTurnItem)
        if not isinstance(item, kept):  # CKF208
            logger.info("not storing a %s", item.type)
            return
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: dict[str, Any]) -> None:
        owner = self._owner(context)
        if await self._read(owner, f"thread:{thread_id}") is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await self._put(
            owner,
            f"item:{thread_id}:{item.id}",
            {
                "kind": "item",
                "key": item.id,
                "thread": thread_id,
                "at": _at(item.created_at),
                "body": item_adapter.dump_python(item, mode="json"),
            },
        )

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        document = await self._read(self._owner(context), f"item:{thread_id}:{item_id}")
        if document is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ThreadItem(**document["body"])  # CKF104

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        sql = "SELECT c.id, c.owner FROM c WHERE c.thread = @thread"
        parameters = [{"name": "@thread", "value": thread_id}]
        inside = self.container.query_items(sql, parameters=parameters, enable_cross_partition_query=True)  # CKF201
        async for document in inside:
            await self._drop(document["owner"], document["id"])
        await self._drop(self._owner(context), f"thread:{thread_id}")

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        await self._drop(self._owner(context), f"item:{thread_id}:{item_id}")

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("attachments are not supported yet")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        raise NotImplementedError("attachments are not supported yet")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("attachments are not supported yet")
