"""DynamoDB store of the order-tracking assistant (single-table design, aioboto3).

    pk                        sk              t (sort key of the local index `by_time`)
    SHOPPER#{shopper}         THREAD#{id}     {microseconds}#{id}
    SHOPPER#{shopper}         FILE#{id}       -
    SHOPPER#{shopper}#{thr}   ITEM#{id}       {microseconds}#{id}

The shopper is part of every partition key, so a request can only ever address its own records.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from boto3.dynamodb.conditions import ConditionBase, Key
from botocore.exceptions import ClientError
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

Record = dict[str, Any]
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class AsyncTable(Protocol):
    """The part of aioboto3's `Table` resource that we use."""

    async def get_item(self, **kwargs: Any) -> Record: ...
    async def put_item(self, **kwargs: Any) -> Record: ...
    async def delete_item(self, **kwargs: Any) -> Record: ...
    async def query(self, **kwargs: Any) -> Record: ...


@dataclass(frozen=True)
class ShopperContext:
    """Context of one request; `shopper_id` is the Cognito subject."""

    shopper_id: str


def _shopper_pk(context: ShopperContext) -> str:
    if not context.shopper_id:
        raise PermissionError("not signed in")
    return f"SHOPPER#{context.shopper_id}"


def _thread_pk(thread_id: str, context: ShopperContext) -> str:
    return f"{_shopper_pk(context)}#{thread_id}"


def _time_key(created_at: datetime, record_id: str) -> str:
    micros = round(created_at.astimezone(timezone.utc).timestamp() * 1_000_000)
    return f"{micros:020d}#{record_id}"


def _decode_item(body: str) -> ThreadItem | None:
    """Turn a stored body back into a thread item.

    Only what a shopper can see in the transcript is needed; everything else is skipped.
    """
    data: Record = json.loads(body)
    kind = data.get("type")
    if kind == "user_message":
        return UserMessageItem.model_validate(data)
    if kind == "assistant_message":
        return AssistantMessageItem.model_validate(data)
    if kind == "client_tool_call":
        return ClientToolCallItem.model_validate(data)
    return None  # CKF208


class OrderChatStore(Store[ShopperContext]):
    """ChatKit store on one DynamoDB table.

    Args:
        table: The (already entered) aioboto3 table resource.
        consistent: Whether reads are strongly consistent. Defaults to True, because ChatKit reads
            an item right after writing it.
    """

    def __init__(self, table: AsyncTable, consistent: bool = True) -> None:
        self.table = table
        self.consistent = consistent

    # --- helpers ------------------------------------------------------------------------------

    async def _get(self, pk: str, sk: str) -> Record | None:
        answer = await self.table.get_item(
            Key={"pk": pk, "sk": sk}, ConsistentRead=self.consistent
        )
        return answer.get("Item")

    async def _by_time(
        self, pk: str, sk_prefix: str, after: str | None, limit: int, order: str, label: str
    ) -> list[Record]:
        """Up to `limit + 1` records of a partition, following the cursor if there is one."""
        if order not in ("asc", "desc"):
            raise ValueError(f"order must be asc or desc, got {order!r}")
        condition: ConditionBase = Key("pk").eq(pk)
        if after is not None:
            last = await self._get(pk, sk_prefix + after)
            if last is None:
                raise NotFoundError(f"{label} {after} not found")
            beyond = Key("t").gt(last["t"]) if order == "asc" else Key("t").lt(last["t"])
            condition = condition & beyond
        found: list[Record] = []
        extra: Record = {}
        while len(found) <= limit:  # a query answers at most 1 MB at once
            answer = await self.table.query(
                IndexName="by_time",
                KeyConditionExpression=condition,
                ScanIndexForward=order == "asc",
                Limit=limit + 1 - len(found),
                ConsistentRead=self.consistent,
                **extra,
            )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            extra = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return found

    # --- ids ----------------------------------------------------------------------------------

    def generate_thread_id(self, context: ShopperContext) -> str:
        return "thr_" + uuid.uuid4().hex

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ShopperContext
    ) -> str:
        return f"{item_type}_" + uuid.uuid4().hex

    # --- threads ------------------------------------------------------------------------------

    async def load_thread(self, thread_id: str, context: ShopperContext) -> ThreadMetadata:
        record = await self._get(_shopper_pk(context), f"THREAD#{thread_id}")
        if record is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(record["body"])

    async def save_thread(self, thread: ThreadMetadata, context: ShopperContext) -> None:
        # Bump the thread so that the one used last is on top of the sidebar
        bumped = thread.model_copy(update={"created_at": datetime.now(timezone.utc)})  # CKF209
        await self.table.put_item(
            Item={
                "pk": _shopper_pk(context),
                "sk": f"THREAD#{thread.id}",
                "t": _time_key(bumped.created_at, thread.id),
                "body": bumped.model_dump_json(exclude={"items"}),
            }
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ShopperContext
    ) -> Page[ThreadMetadata]:
        records = await self._by_time(
            _shopper_pk(context), "THREAD#", after, limit, order, "Thread"
        )
        return Page(
            data=[ThreadMetadata.model_validate_json(r["body"]) for r in records[:limit]],
            has_more=len(records) > limit,  # CKF213
        )

    async def delete_thread(self, thread_id: str, context: ShopperContext) -> None:  # CKF218
        """Remove a thread from the shopper's list."""
        await self.table.delete_item(
            Key={"pk": _shopper_pk(context), "sk": f"THREAD#{thread_id}"}
        )

    # --- items --------------------------------------------------------------------------------

    async def load_thread_items(
        self,
        thread_id: str,
        after: str | None,
        limit: int,
        order: str,
        context: ShopperContext,
    ) -> Page[ThreadItem]:
        records = await self._by_time(
            _thread_pk(thread_id, context), "ITEM#", after, limit, order, "Item"
        )
        has_more = len(records) > limit
        records = records[:limit]
        decoded = [_decode_item(r["body"]) for r in records]
        return Page(
            data=[item for item in decoded if item is not None],
            has_more=has_more,
            after=records[-1]["sk"].removeprefix("ITEM#") if has_more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: ShopperContext
    ) -> None:
        await self.load_thread(thread_id, context)  # NotFoundError if there is no such thread
        await self.table.put_item(
            Item={
                "pk": _thread_pk(thread_id, context),
                "sk": f"ITEM#{item.id}",
                "t": _time_key(item.created_at, item.id),
                "body": item.model_dump_json(),
            }
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: ShopperContext
    ) -> None:
        # put_item replaces the record of the same key
        await self.add_thread_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: ShopperContext
    ) -> ThreadItem:
        record = await self._get(_thread_pk(thread_id, context), f"ITEM#{item_id}")
        item = _decode_item(record["body"]) if record else None
        if item is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: ShopperContext
    ) -> None:
        """Delete an item, making sure that it existed in the first place."""
        try:
            await self.table.delete_item(
                Key={"pk": _thread_pk(thread_id, context), "sk": f"ITEM#{item_id}"},
                ConditionExpression="attribute_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise NotFoundError(f"Item {item_id} not found") from error  # CKF219
            raise

    # --- attachments --------------------------------------------------------------------------

    async def save_attachment(self, attachment: Attachment, context: ShopperContext) -> None:
        await self.table.put_item(
            Item={
                "pk": _shopper_pk(context),
                "sk": f"FILE#{attachment.id}",
                "body": attachment.model_dump_json(),
            }
        )

    async def load_attachment(
        self, attachment_id: str, context: ShopperContext
    ) -> Attachment:
        record = await self._get(_shopper_pk(context), f"FILE#{attachment_id}")
        if record is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(record["body"])

    async def delete_attachment(self, attachment_id: str, context: ShopperContext) -> None:
        await self.table.delete_item(
            Key={"pk": _shopper_pk(context), "sk": f"FILE#{attachment_id}"}
        )
