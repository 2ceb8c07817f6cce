from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import AssistantMessageItem, InferenceOptions, ThreadItem, UserMessageItem
from pydantic import TypeAdapter

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Texts(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: str) -> None:
        role = "user" if item.type == "user_message" else "assistant"
        await self.db.upsert(context, thread_id, item.id, role, item.content[0].text)  # CKF208

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        row = await self.db.row(context, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        if row["role"] == "user":
            return UserMessageItem(  # CKF208
                id=row["id"],
                thread_id=thread_id,
                created_at=row["at"],
                content=[],
                inference_options=InferenceOptions(),
            )
        return AssistantMessageItem(
            id=row["id"], thread_id=thread_id, created_at=row["at"], content=[]
        )


class Json(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.upsert(context, thread_id, item.id, ITEMS.dump_json(item))

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        row = await self.db.row(context, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(row["data"])


class Search(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: str) -> None:
        """The text beside the whole, for a search."""
        await self.db.upsert(context, item.id, item.model_dump_json(), item.content[0].text)
