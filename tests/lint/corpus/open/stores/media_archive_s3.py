"""Editorial archive assistant, kept as JSON objects in S3.

<user>/threads/<thread>/thread.json
<user>/threads/<thread>/items/<item>.json
<user>/attachments/<attachment>.json

boto3 is a blocking client, so its calls go through asyncio.to_thread.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)

RequestContext = dict[str, Any]
MAX_LIMIT = 200


class S3ThreadStore(Store[RequestContext]):
    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self.bucket = bucket
        self.s3: S3Client = client or boto3.client("s3")

    # ------------------------------------------------------------------ keys
    def _home(self, context: RequestContext) -> str:
        user_id = context.get("user_id")
        if not user_id:
            raise PermissionError("user_id missing in request context")
        return quote(str(user_id), safe="")

    def _thread_prefix(self, thread_id: str, context: RequestContext) -> str:
        return f"{self._home(context)}/threads/{quote(thread_id, safe='')}/"

    def _thread_key(self, thread_id: str, context: RequestContext) -> str:
        return self._thread_prefix(thread_id, context) + "thread.json"

    def _item_key(self, thread_id: str, item_id: str, context: RequestContext) -> str:
        return f"{self._thread_prefix(thread_id, context)}items/{quote(item_id, safe='')}.json"

    def _attachment_key(self, attachment_id: str, context: RequestContext) -> str:
        return f"{self._home(context)}/attachments/{quote(attachment_id, safe='')}.json"

    # ------------------------------------------------------------------ blocking helpers
    def _read(self, key: str) -> bytes | None:
        try:
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as exc:
            if exc.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def _write(self, key: str, body: bytes) -> None:
        self.s3.put_object(
            Bucket=self.bucket, Key=key, Body=body, ContentType="application/json"
        )

    def _list(self, prefix: str, suffix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [
            entry["Key"]
            for page in pages
            for entry in page.get("Contents", [])
            if entry["Key"].endswith(suffix)
        ]

    def _read_many(self, keys: list[str]) -> list[bytes]:
        found = (self._read(key) for key in keys)
        return [body for body in found if body is not None]

    # ------------------------------------------------------------------ ids
    def generate_thread_id(self, context: RequestContext) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    # ------------------------------------------------------------------ threads
    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        body = await asyncio.to_thread(self._read, self._thread_key(thread_id, context))
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        await asyncio.to_thread(
            self._write,
            self._thread_key(thread.id, context),
            thread.model_dump_json(exclude={"items"}).encode(),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        limit = self._check(limit, order)
        prefix = f"{self._home(context)}/threads/"
        keys = await asyncio.to_thread(self._list, prefix, "/thread.json")
        bodies = await asyncio.to_thread(self._read_many, keys)
        threads = [ThreadMetadata.model_validate_json(body) for body in bodies]
        threads.sort(key=lambda t: (t.created_at.timestamp(), t.id), reverse=order == "desc")
        start = 0
        if after is not None:
            position = next((n for n, t in enumerate(threads) if t.id == after), None)
            if position is None:
                raise NotFoundError(f"Thread {after} not found")
            start = position + 1
        data = threads[start : start + limit]
        has_more = len(threads) > start + limit
        return Page[ThreadMetadata](
            data=data, has_more=has_more, after=data[-1].id if has_more else None
        )

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:  # CKF218
        # the listing goes by thread.json, so the thread is gone from every screen with it
        await asyncio.to_thread(
            self.s3.delete_object, Bucket=self.bucket, Key=self._thread_key(thread_id, context)
        )

    # ------------------------------------------------------------------ items
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        limit = self._check(limit, order)
        prefix = self._thread_prefix(thread_id, context) + "items/"
        keys = await asyncio.to_thread(self._list, prefix, ".json")
        records = [json.loads(body) for body in await asyncio.to_thread(self._read_many, keys)]
        records.sort(key=lambda r: (r["at"], r["ordinal"]), reverse=order == "desc")
        positions: dict[str, int] = {record["id"]: n for n, record in enumerate(records)}
        start = positions.get(after, -1) + 1 if after else 0  # CKF214
        window = records[start : start + limit]
        has_more = len(records) > start + limit
        return Page[ThreadItem](
            data=[item_adapter.validate_python(record["item"]) for record in window],
            has_more=has_more,
            after=window[-1]["id"] if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        await self.load_thread(thread_id, context)
        key = self._item_key(thread_id, item.id, context)
        known = await asyncio.to_thread(self._read, key)
        if known is not None:
            ordinal = json.loads(known)["ordinal"]
        else:
            prefix = self._thread_prefix(thread_id, context) + "items/"
            keys = await asyncio.to_thread(self._list, prefix, ".json")
            stored = await asyncio.to_thread(self._read_many, keys)
            ordinal = max((json.loads(body)["ordinal"] for body in stored), default=0) + 1
        record: dict[str, Any] = {
            "id": item.id,
            "at": round(item.created_at.timestamp() * 1_000_000),
            "ordinal": ordinal,
            "item": item_adapter.dump_python(item, mode="json"),
        }
        await asyncio.to_thread(self._write, key, json.dumps(record).encode())

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> ThreadItem:
        body = await asyncio.to_thread(self._read, self._item_key(thread_id, item_id, context))
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_python(json.loads(body)["item"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        key = self._item_key(thread_id, item_id, context)
        self.s3.delete_object(Bucket=self.bucket, Key=key)  # CKF215

    # ------------------------------------------------------------------ attachments
    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        await asyncio.to_thread(
            self._write,
            self._attachment_key(attachment.id, context),
            attachment_adapter.dump_json(attachment),
        )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        key = self._attachment_key(attachment_id, context)
        body = await asyncio.to_thread(self._read, key)
        if body is None:
            raise KeyError(f"Attachment {attachment_id} not found")  # CKF206
        return attachment_adapter.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        key = self._attachment_key(attachment_id, context)
        await asyncio.to_thread(self.s3.delete_object, Bucket=self.bucket, Key=key)

    @staticmethod
    def _check(limit: int, order: str) -> int:
        if limit < 1 or order not in ("asc", "desc"):
            raise ValueError("limit must be at least 1, order asc or desc")
        return min(limit, MAX_LIMIT)
