"""DynamoDB. Each list a person walks is one partition, so no key can leave its owner.

The table's keys are `list` and `id`; a local index sorts each list by `walk`.
"""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from boto3.dynamodb.conditions import Key
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError

logger = logging.getLogger(__name__)

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ITEM = TypeAdapter[ThreadItem](ThreadItem)
ATTACHMENT = TypeAdapter[Attachment](Attachment)


class Table(Protocol):
    """The part of aioboto3's table that is used here."""

    async def get_item(self, **arguments: Any) -> Row: ...
    async def put_item(self, **arguments: Any) -> Row: ...
    async def delete_item(self, **arguments: Any) -> Row: ...
    async def update_item(self, **arguments: Any) -> Row: ...
    async def query(self, **arguments: Any) -> Row: ...


class Partition:
    """One list of one owner."""

    def __init__(self, table: Table, owner: str, *name: str) -> None:
        self._table = table
        self._list = json.dumps([owner, *name])

    def _key(self, row_id: str) -> dict[str, str]:
        return {"list": self._list, "id": row_id}

    async def get(self, row_id: str) -> Row | None:
        answer = await self._table.get_item(Key=self._key(row_id), ConsistentRead=True)
        return answer.get("Item")

    async def put(self, row_id: str, moment: datetime, body: str) -> None:
        known = await self.get(row_id)
        arrival = known["arrival"] if known else await self._next_arrival()
        ticks = (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)
        # Instant first, arrival second: both are in the one string that is sorted by.
        walk = f"{ticks:020d}#{int(arrival):020d}"
        row = {**self._key(row_id), "walk": walk, "arrival": arrival, "body": body}
        await self._table.put_item(Item=row)

    async def _next_arrival(self) -> int:
        answer = await self._table.update_item(
            Key={"list": self._list + "/arrivals", "id": "-"},
            UpdateExpression="ADD arrivals :one",
            ExpressionAttributeValues={":one": 1},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["arrivals"])

    async def drop(self, row_id: str) -> None:
        await self._table.delete_item(Key=self._key(row_id))

    async def rows(self) -> AsyncIterator[Row]:
        start: Mapping[str, Any] = {}
        while True:
            answer = await self._table.query(
                KeyConditionExpression=Key("list").eq(self._list), **start
            )
            for row in answer["Items"]:
                yield row
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    async def page(
        self, noun: str, limit: int, after: str | None, order: str
    ) -> tuple[list[Row], str | None]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        size = min(limit, 200)
        condition = Key("list").eq(self._list)
        if after is not None:
            mark = await self.get(after)
            if mark is None:
                raise NotFoundError(f"{noun} {after} not found")
            walk = Key("walk")
            condition &= walk.gt(mark["walk"]) if order == "asc" else walk.lt(mark["walk"])
        answer = await self._table.query(
            IndexName="by_walk",
            KeyConditionExpression=condition,
            ScanIndexForward=order == "asc",
            ConsistentRead=True,
            Limit=size + 1,
        )
        rows = answer["Items"]
        return rows[:size], rows[size - 1]["id"] if len(rows) > size else None


class DepotStore(Store[Mapping[str, str]]):
    def __init__(self, table: Table) -> None:
        self._table = table

    def _mine(self, context: Mapping[str, str], *name: str) -> Partition:
        owner = context.get("sub")
        if not owner:
            raise PermissionError("the token has no subject")
        return Partition(self._table, owner, *name)

    @staticmethod
    def _random() -> str:
        return base64.b32encode(os.urandom(20)).decode().lower()

    def generate_thread_id(self, context: Mapping[str, str]) -> str:
        return f"thr_{self._random()}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Mapping[str, str]
    ) -> str:
        return f"{item_type}_{self._random()}"

    async def load_thread(self, thread_id: str, context: Mapping[str, str]) -> ThreadMetadata:
        if (row := await self._mine(context, "threads").get(thread_id)) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["body"])

    async def save_thread(self, thread: ThreadMetadata, context: Mapping[str, str]) -> None:
        body = thread.model_dump_json(exclude={"items"})
        await self._mine(context, "threads").put(thread.id, thread.created_at, body)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Mapping[str, str]
    ) -> Page[ThreadMetadata]:
        rows, last = await self._mine(context, "threads").page("Thread", limit, after, order)
        threads = [ThreadMetadata.model_validate_json(row["body"]) for row in rows]
        return Page(data=threads, has_more=last is not None, after=last)

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: Mapping[str, str],
    ) -> Page[ThreadItem]:
        mine = self._mine(context, "items", thread_id)
        rows, last = await mine.page("Item", limit, after, order)
        items: list[ThreadItem] = []
        for row in rows:
            try:
                items.append(ITEM.validate_json(row["body"]))
            except ValidationError:
                logger.warning("item %s is of an unknown type", row["id"])
        return Page(data=items, has_more=last is not None, after=last)

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Mapping[str, str]
    ) -> None:
        if item.thread_id != thread_id:
            raise ValueError("this item is of another thread")
        await self.load_thread(thread_id, context)
        body = ITEM.dump_json(item).decode()
        await self._mine(context, "items", thread_id).put(item.id, item.created_at, body)

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: Mapping[str, str]
    ) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: Mapping[str, str]
    ) -> ThreadItem:
        if (row := await self._mine(context, "items", thread_id).get(item_id)) is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(row["body"])

    async def delete_thread(self, thread_id: str, context: Mapping[str, str]) -> None:
        items = self._mine(context, "items", thread_id)
        async for row in items.rows():
            await items.drop(row["id"])
        attachments = self._mine(context, "attachments")
        async for row in attachments.rows():
            if ATTACHMENT.validate_json(row["body"]).thread_id == thread_id:
                await attachments.drop(row["id"])
        await self._mine(context, "threads").drop(thread_id)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Mapping[str, str]
    ) -> None:
        await self._mine(context, "items", thread_id).drop(item_id)

    async def save_attachment(self, attachment: Attachment, context: Mapping[str, str]) -> None:
        body = ATTACHMENT.dump_json(attachment).decode()
        await self._mine(context, "attachments").put(attachment.id, EPOCH, body)

    async def load_attachment(
        self, attachment_id: str, context: Mapping[str, str]
    ) -> Attachment:
        if (row := await self._mine(context, "attachments").get(attachment_id)) is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(row["body"])

    async def delete_attachment(self, attachment_id: str, context: Mapping[str, str]) -> None:
        await self._mine(context, "attachments").drop(attachment_id)
