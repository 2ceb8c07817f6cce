from abc import ABC

from asgiref.sync import sync_to_async
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from django.db import connection
from pydantic import TypeAdapter

from .models import Note, Related, Scan, Topic

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class Notes(Store[str], ABC):
    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        state = thread.model_dump_json(exclude={"items"})
        await Topic.objects.aupdate_or_create(owner=context, topic_id=thread.id, defaults={"state": state})

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        topic = await Topic.objects.filter(owner=context, topic_id=thread_id).afirst()
        if topic is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await Note.objects.aupdate_or_create(
            owner=context, topic_id=thread_id, note_id=item.id, defaults={"state": item.model_dump_json()}
        )


class Forgets(Notes, ABC):
    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        topic = await Topic.objects.filter(owner=context, topic_id=thread_id).afirst()
        note = await Note.objects.filter(note_id=item_id).afirst() if topic else None  # CKF201
        if note is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(note.state)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async for topic in Topic.objects.filter(owner=context, topic_id=thread_id):
            await topic.adelete()  # CKF218

    async def delete_thread_item(self, thread_id: str, item_id: str, context: str) -> None:
        await Note.objects.filter(topic_id=thread_id, note_id=item_id).exclude(state="").adelete()  # CKF201

    async def load_attachment(self, attachment_id: str, context: str) -> Attachment:
        scan = await Scan.objects.filter(scan_id=attachment_id).afirst()
        if scan is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILE.validate_json(scan.state)


class Whole(Notes, ABC):
    async def delete_thread(self, thread_id: str, context: str) -> None:
        for kind in (Note, Topic):
            await kind.objects.filter(owner=context, topic_id=thread_id).adelete()

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        notes = Note.objects.filter(topic_id=thread_id)
        note = await notes.filter(owner=context, note_id=item_id).afirst()
        if note is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(note.state)


class InThreads(Notes, ABC):
    async def delete_thread(self, thread_id: str, context: str) -> None:
        await sync_to_async(Topic.objects.filter(owner=context, topic_id=thread_id).delete)()
        await sync_to_async(self._sweep)(context, thread_id)

    def _sweep(self, owner: str, thread_id: str) -> None:
        Note.objects.filter(owner=owner, topic_id=thread_id).delete()


class InRelated(Store[str], ABC):
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        topic = await Topic.objects.filter(owner=context, topic_id=thread_id).afirst()
        if topic is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        await Related.objects.aupdate_or_create(topic=topic, note_id=item.id)

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await Topic.objects.filter(owner=context, topic_id=thread_id).adelete()


class Listed(Notes, ABC):
    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        with acting_for(context):
            topic = await Topic.objects.filter(topic_id=thread_id).afirst()
        if topic is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(topic.state)

    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Page[ThreadMetadata]:
        rows = Topic.objects.order_by("pk" if order == "asc" else "-pk")  # CKF201
        await self.count(context)
        return await cut(rows, after, limit)

    async def count(self, owner: str) -> int:
        return await Topic.objects.filter(owner=owner).acount()


class ListedToo(Notes, ABC):
    async def load_threads(self, limit: int, after: str | None, order: str, context: str) -> Page[ThreadMetadata]:
        rows = Topic.objects.order_by("pk" if order == "asc" else "-pk")
        rows = rows.filter(owner=context)
        return await cut(rows, after, limit)


class ByStatement(Notes, ABC):
    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self._sweep(context, thread_id)

    @sync_to_async
    def _sweep(self, owner: str, thread_id: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM app_note WHERE owner = %s AND topic_id = %s", [owner, thread_id])
        Topic.objects.filter(owner=owner, topic_id=thread_id).delete()
