from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem
from pydantic import TypeAdapter
from tortoise import fields
from tortoise.models import Model

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Talk(Model):
    owner = fields.CharField(max_length=64)
    code = fields.CharField(max_length=255)


class Message(Model):
    owner = fields.CharField(max_length=64)
    talk = fields.CharField(max_length=255)
    code = fields.CharField(max_length=255)
    body = fields.TextField()


class Talks(Store[str], ABC):
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        if not await Talk.exists(owner=context, code=thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        await Message.update_or_create(
            owner=context, talk=thread_id, code=item.id, defaults={"body": item.model_dump_json()}
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        talk = await Talk.get_or_none(owner=context, code=thread_id)
        if talk is not None:
            await talk.delete()

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        message = await Message.get_or_none(talk=thread_id, code=item_id)  # CKF201
        if message is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(message.body)
