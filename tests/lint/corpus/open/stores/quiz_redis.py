"""Quiz app: conversations in Redis, one hash per player and kind."""

import json
from datetime import datetime
from typing import TypedDict
from uuid import uuid4

from pydantic import TypeAdapter
from redis.asyncio import Redis

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    Attachment,
    InferenceOptions,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)

ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class StoredTurn(TypedDict):
    id: str
    role: str
    text: str
    created_at: str


class PlayerContext(TypedDict):
    player_id: str


def threads_key(player_id: str) -> str:
    return f"quiz:{player_id}:threads"


def turns_key(player_id: str, thread_id: str) -> str:
    return f"quiz:{player_id}:turns:{thread_id}"


def files_key(player_id: str) -> str:
    return f"quiz:{player_id}:files"


def to_turn(item: ThreadItem) -> StoredTurn:
    text, role = "", "assistant"
    if isinstance(item, UserMessageItem):
        role = "user"
        text = "".join(part.text for part in item.content)
    elif isinstance(item, AssistantMessageItem):
        text = "".join(part.text for part in item.content)
    return StoredTurn(id=item.id, role=role, text=text, created_at=item.created_at.isoformat())  # CKF208


def from_turn(thread_id: str, turn: StoredTurn) -> ThreadItem:
    created_at = datetime.fromisoformat(turn["created_at"])
    if turn["role"] == "user":
        return UserMessageItem(  # CKF208
            id=turn["id"],
            thread_id=thread_id,
            created_at=created_at,
            content=[UserMessageTextContent(text=turn["text"])],
            inference_options=InferenceOptions(),
        )
    return AssistantMessageItem(
        id=turn["id"],
        thread_id=thread_id,
        created_at=created_at,
        content=[AssistantMessageContent(text=turn["text"])],
    )


class QuizStore(Store[PlayerContext]):  # CKF101
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def generate_thread_id(self, context: PlayerContext) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: PlayerContext) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def _turns(self, thread_id: str, context: PlayerContext) -> list[StoredTurn]:
        raw = await self._redis.hvals(turns_key(context["player_id"], thread_id))
        turns: list[StoredTurn] = [json.loads(value) for value in raw]
        return sorted(turns, key=lambda turn: (turn["created_at"], turn["id"]))

    async def load_thread(self, thread_id: str, context: PlayerContext) -> ThreadMetadata:
        raw = await self._redis.hget(threads_key(context["player_id"]), thread_id)
        if raw is None:
            return ThreadMetadata(id=thread_id, created_at=datetime.now())  # CKF205
        return ThreadMetadata.model_validate_json(raw)

    async def save_thread(self, thread: ThreadMetadata, context: PlayerContext) -> None:
        await self._redis.hset(
            threads_key(context["player_id"]), thread.id, thread.model_dump_json(exclude={"items"})
        )

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: PlayerContext
    ) -> Page[ThreadMetadata]:
        raw = await self._redis.hvals(threads_key(context["player_id"]))
        threads = [ThreadMetadata.model_validate_json(value) for value in raw]
        threads.sort(key=lambda thread: (thread.created_at.timestamp(), thread.id), reverse=True)
        start = 0
        if after is not None:
            ids = [thread.id for thread in threads]
            if after not in ids:
                raise NotFoundError(f"Thread {after} not found")
            start = ids.index(after) + 1
        page = threads[start : start + limit]
        more = start + limit < len(threads)
        return Page(data=page, has_more=more, after=page[-1].id if more and page else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: PlayerContext
    ) -> Page[ThreadItem]:
        turns = await self._turns(thread_id, context)
        if order != "asc":
            turns.reverse()
        start = 0
        if after is not None:
            ids = [turn["id"] for turn in turns]
            if after not in ids:
                raise NotFoundError(f"Item {after} not found")
            start = ids.index(after) + 1
        page = turns[start : start + limit]
        more = start + limit < len(turns)
        return Page(
            data=[from_turn(thread_id, turn) for turn in page],
            has_more=more,
            after=page[-1]["id"] if more and page else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: PlayerContext) -> None:
        if not await self._redis.hexists(threads_key(context["player_id"]), thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self._redis.hset(
            turns_key(context["player_id"], thread_id), item.id, json.dumps(to_turn(item))
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: PlayerContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: PlayerContext) -> ThreadItem:
        raw = await self._redis.hget(turns_key(context["player_id"], thread_id), item_id)
        if raw is None:
            raise NotFoundError(f"Item {item_id} not found")
        return from_turn(thread_id, json.loads(raw))

    async def delete_thread(self, thread_id: str, context: PlayerContext) -> None:
        player_id = context["player_id"]
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(turns_key(player_id, thread_id))
            pipe.hdel(threads_key(player_id), thread_id)
            await pipe.execute()

    async def delete_thread_item(self, thread_id: str, item_id: str, context: PlayerContext) -> None:
        removed: int = await self._redis.hdel(turns_key(context["player_id"], thread_id), item_id)
        if removed == 0:
            raise NotFoundError(f"Item {item_id} not found")  # CKF219

    async def save_attachment(self, attachment: Attachment, context: PlayerContext) -> None:
        await self._redis.hset(
            files_key(context["player_id"]), attachment.id, ATTACHMENT.dump_json(attachment)
        )

    async def load_attachment(self, attachment_id: str, context: PlayerContext) -> Attachment:
        raw = await self._redis.hget(files_key(context["player_id"]), attachment_id)
        if raw is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return ATTACHMENT.validate_json(raw)
