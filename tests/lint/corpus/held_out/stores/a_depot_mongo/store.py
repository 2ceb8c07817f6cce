import uuid
from dataclasses import dataclass

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from pymongo import AsyncMongoClient

from .repository import Depot, Document, instant

_item: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
_file: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class StaffContext:
    badge: str
    site: str


class DepotStore(Store[StaffContext]):
    def __init__(self, client: AsyncMongoClient[Document], database_name: str) -> None:
        self._database = client[database_name]

    def _depot(self, context: StaffContext) -> Depot:
        return Depot(self._database, context.badge)

    def generate_thread_id(self, context: StaffContext) -> str:
        return f"thr_{uuid.uuid4()}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: StaffContext) -> str:
        return f"{item_type}_{uuid.uuid4()}"

    async def load_thread(self, thread_id: str, context: StaffContext) -> ThreadMetadata:
        return ThreadMetadata.model_validate_json(await self._depot(context).threads.body({"id": thread_id}))

    async def save_thread(self, thread: ThreadMetadata, context: StaffContext) -> None:
        await self._depot(context).threads.put(
            {"id": thread.id}, thread.model_dump_json(exclude={"items"}), instant=instant(thread.created_at)
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: StaffContext
    ) -> Page[ThreadMetadata]:
        found, more = await self._depot(context).threads.page({}, after, limit, order)
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(document["body"]) for document in found],
            has_more=more,
            after=found[-1]["id"] if found and more else None,
        )

    async def delete_thread(self, thread_id: str, context: StaffContext) -> None:
        depot = self._depot(context)
        await depot.items.drop({"thread_id": thread_id})
        await depot.files.drop({"thread_id": thread_id})
        await depot.threads.drop({"id": thread_id})

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: StaffContext
    ) -> Page[ThreadItem]:
        found, more = await self._depot(context).items.page({"thread_id": thread_id}, after, limit, order)
        return Page[ThreadItem](
            data=[_item.validate_json(document["body"]) for document in found],
            has_more=more,
            after=found[-1]["id"] if found and more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: StaffContext) -> None:
        depot = self._depot(context)
        await depot.threads.body({"id": thread_id})  # raises when the thread is not theirs
        await depot.items.put(
            {"thread_id": thread_id, "id": item.id}, item.model_dump_json(), instant=instant(item.created_at)
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: StaffContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: StaffContext) -> ThreadItem:
        return _item.validate_json(await self._depot(context).items.body({"thread_id": thread_id, "id": item_id}))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: StaffContext) -> None:
        await self._depot(context).items.drop({"thread_id": thread_id, "id": item_id})

    async def save_attachment(self, attachment: Attachment, context: StaffContext) -> None:
        await self._depot(context).files.put(
            {"id": attachment.id}, attachment.model_dump_json(), thread_id=attachment.thread_id
        )

    async def load_attachment(self, attachment_id: str, context: StaffContext) -> Attachment:
        return _file.validate_json(await self._depot(context).files.body({"id": attachment_id}))

    async def delete_attachment(self, attachment_id: str, context: StaffContext) -> None:
        await self._depot(context).files.drop({"id": attachment_id})
