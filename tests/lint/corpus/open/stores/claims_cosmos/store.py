"""Insurance claims chat on Azure Cosmos DB (NoSQL API).

Container "claims-threads"  partition key  /holder                 kind: thread | file
Container "claims-items"    partition key  /holder, /claim  (hierarchical)

A policy holder is a partition: a query or a point read outside of it is impossible to write here.
Deleting a claim empties one sub-partition with transactional batches.
"""

from __future__ import annotations

import secrets

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceExistsError
from pydantic import BaseModel, Field, TypeAdapter

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .cosmos import (
    BATCH,
    FILES_OF_CLAIM,
    FIRST_PAGE,
    IDS_OF_PARTITION,
    NEXT_PAGE,
    TOP,
    Json,
    PartitionKey,
    cosmos_id,
    not_found,
    quiet_when_gone,
    ticks,
)

ThreadItems: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
Attachments: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class PolicyHolder(BaseModel):
    number: str = Field(min_length=1)


class ClaimsStore(Store[PolicyHolder]):
    def __init__(self, threads: ContainerProxy, items: ContainerProxy) -> None:
        self._threads = threads
        self._items = items

    def generate_thread_id(self, context: PolicyHolder) -> str:
        return self._fresh("claim")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: PolicyHolder
    ) -> str:
        return self._fresh(item_type)

    @staticmethod
    def _fresh(prefix: str) -> str:
        return f"{prefix}.{secrets.token_urlsafe(18)}"

    # --- pages ------------------------------------------------------------------------------
    async def _page(
        self,
        container: ContainerProxy,
        partition: PartitionKey,
        kind: str,
        after: str | None,
        limit: int,
        order: str,
    ) -> tuple[list[Json], bool]:
        if limit < 1 or order not in FIRST_PAGE:
            raise ValueError("limit has to be positive, order asc or desc")
        limit = min(limit, TOP)
        parameters: list[Json] = [
            {"name": "@kind", "value": kind},
            {"name": "@n", "value": limit + 1},
        ]
        query = FIRST_PAGE[order]
        if after is not None:
            with not_found(f"{kind.capitalize()} {after}"):
                mark = await container.read_item(cosmos_id(kind, after), partition_key=partition)
            query = NEXT_PAGE[order]
            parameters += [
                {"name": "@at", "value": mark["at"]},
                {"name": "@seq", "value": mark["seq"]},
            ]
        rows = [
            row
            async for row in container.query_items(
                query=query, parameters=parameters, partition_key=partition
            )
        ]
        return rows[:limit], len(rows) > limit

    # --- claims -----------------------------------------------------------------------------
    async def load_thread(self, thread_id: str, context: PolicyHolder) -> ThreadMetadata:
        with not_found(f"Thread {thread_id}"):
            row = await self._threads.read_item(
                cosmos_id("thread", thread_id), partition_key=context.number
            )
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: PolicyHolder) -> None:
        """Create, or patch what is there: `counter` and `seq` must outlive a rename."""
        key = cosmos_id("thread", thread.id)
        at, body = ticks(thread.created_at), thread.model_dump_json(exclude={"items"})
        row: Json = {"id": key, "holder": context.number, "kind": "thread", "raw": thread.id}
        try:
            await self._threads.create_item(
                {**row, "at": at, "body": body, "seq": thread.id, "counter": 0}
            )
        except CosmosResourceExistsError:
            await self._threads.patch_item(
                key,
                partition_key=context.number,
                patch_operations=[
                    {"op": "set", "path": "/at", "value": at},
                    {"op": "set", "path": "/body", "value": body},
                ],
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: PolicyHolder
    ) -> Page[ThreadMetadata]:
        rows, more = await self._page(
            self._threads, context.number, "thread", after, limit, order
        )
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in rows],
            has_more=more,
            after=rows[-1]["raw"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: PolicyHolder) -> None:
        with quiet_when_gone():
            await self._threads.delete_item(
                cosmos_id("thread", thread_id), partition_key=context.number
            )
        await self._empty(self._items, [context.number, thread_id], IDS_OF_PARTITION, [])
        await self._empty(
            self._threads,
            context.number,
            FILES_OF_CLAIM,
            [{"name": "@claim", "value": thread_id}],
        )

    async def _empty(
        self,
        container: ContainerProxy,
        partition: PartitionKey,
        query: str,
        parameters: list[Json],
    ) -> None:
        ids: list[str] = [
            row["id"]
            async for row in container.query_items(
                query=query, parameters=parameters, partition_key=partition
            )
        ]
        for start in range(0, len(ids), BATCH):
            operations = [("delete", (one,)) for one in ids[start : start + BATCH]]
            await container.execute_item_batch(operations, partition_key=partition)

    # --- items ------------------------------------------------------------------------------
    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: PolicyHolder
    ) -> None:
        with not_found(f"Thread {thread_id}"):
            claim = await self._threads.patch_item(
                cosmos_id("thread", thread_id),
                partition_key=context.number,
                patch_operations=[{"op": "incr", "path": "/counter", "value": 1}],
            )
        row: Json = {
            "id": cosmos_id("item", item.id),
            "holder": context.number,
            "claim": thread_id,
            "kind": "item",
            "raw": item.id,
            "at": ticks(item.created_at),
            "seq": claim["counter"],
            "body": ThreadItems.dump_json(item).decode(),
        }
        try:
            await self._items.create_item(row)
        except CosmosResourceExistsError:
            await self._items.patch_item(
                row["id"],
                partition_key=[context.number, thread_id],
                patch_operations=[
                    {"op": "set", "path": "/at", "value": row["at"]},
                    {"op": "set", "path": "/body", "value": row["body"]},
                ],
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: PolicyHolder) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: PolicyHolder
    ) -> ThreadItem:
        with not_found(f"Item {item_id}"):
            row = await self._items.read_item(
                cosmos_id("item", item_id), partition_key=[context.number, thread_id]
            )
        return ThreadItems.validate_json(row["body"])

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: PolicyHolder,
    ) -> Page[ThreadItem]:
        partition = [context.number, thread_id]
        rows, more = await self._page(self._items, partition, "item", after, limit, order)
        return Page[ThreadItem](
            data=[ThreadItems.validate_json(row["body"]) for row in rows],
            has_more=more,
            after=rows[-1]["raw"] if more else None,
        )

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: PolicyHolder
    ) -> None:
        with quiet_when_gone():
            await self._items.delete_item(
                cosmos_id("item", item_id), partition_key=[context.number, thread_id]
            )

    # --- files ------------------------------------------------------------------------------
    async def save_attachment(self, attachment: Attachment, context: PolicyHolder) -> None:
        await self._threads.upsert_item(
            {
                "id": cosmos_id("file", attachment.id),
                "holder": context.number,
                "kind": "file",
                "claim": attachment.thread_id,
                "body": Attachments.dump_json(attachment).decode(),
            }
        )

    async def load_attachment(self, attachment_id: str, context: PolicyHolder) -> Attachment:
        with not_found(f"Attachment {attachment_id}"):
            row = await self._threads.read_item(
                cosmos_id("file", attachment_id), partition_key=context.number
            )
        return Attachments.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: PolicyHolder) -> None:
        with quiet_when_gone():
            await self._threads.delete_item(
                cosmos_id("file", attachment_id), partition_key=context.number
            )
