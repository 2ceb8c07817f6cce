"""Tenant helpline (housing association): ChatKit persistence with Beanie documents."""

import secrets

from beanie import SortDirection
from beanie.operators import And, Or, Set
from pydantic import BaseModel, Field, TypeAdapter

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .documents import AttachmentDoc, ItemDoc, ThreadDoc, micros

ItemAdapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
AttachmentAdapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class HelplineContext(BaseModel):
    tenant_no: str = Field(min_length=1)
    locale: str = "en"


def _bounds(limit: int, order: str) -> tuple[int, bool, SortDirection]:
    if limit < 1:
        raise ValueError("limit must be positive")
    if order not in ("asc", "desc"):
        raise ValueError(f"order must be asc or desc, not {order!r}")
    ascending = order == "asc"
    return min(limit, 200), ascending, (
        SortDirection.ASCENDING if ascending else SortDirection.DESCENDING
    )


class BeanieStore(Store[HelplineContext]):
    def generate_thread_id(self, context: HelplineContext) -> str:
        return f"thr_{secrets.token_hex(10)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: HelplineContext
    ) -> str:
        return f"{item_type}_{secrets.token_hex(10)}"

    # region threads
    async def _thread(self, thread_id: str, context: HelplineContext) -> ThreadDoc:
        doc = await ThreadDoc.find_one(
            ThreadDoc.tenant_no == context.tenant_no, ThreadDoc.thread_id == thread_id
        )
        if doc is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return doc

    async def load_thread(self, thread_id: str, context: HelplineContext) -> ThreadMetadata:
        return (await self._thread(thread_id, context)).metadata()

    async def save_thread(self, thread: ThreadMetadata, context: HelplineContext) -> None:
        await ThreadDoc.find_one(
            ThreadDoc.tenant_no == context.tenant_no, ThreadDoc.thread_id == thread.id
        ).upsert(
            # the only things that change after a thread was opened
            Set({ThreadDoc.title: thread.title, ThreadDoc.meta: thread.metadata}),  # CKF207
            on_insert=ThreadDoc.build(thread, context.tenant_no),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: HelplineContext
    ) -> Page[ThreadMetadata]:
        limit, ascending, direction = _bounds(limit, order)
        query = ThreadDoc.find(ThreadDoc.tenant_no == context.tenant_no)
        if after is not None:
            mark = await self._thread(after, context)
            if ascending:
                later = ThreadDoc.at > mark.at
                tied = And(ThreadDoc.at == mark.at, ThreadDoc.id > mark.id)
            else:
                later = ThreadDoc.at < mark.at
                tied = And(ThreadDoc.at == mark.at, ThreadDoc.id < mark.id)
            query = query.find(Or(later, tied))
        docs = await query.sort([("at", direction), ("_id", direction)]).limit(limit + 1).to_list()
        more = len(docs) > limit
        docs = docs[:limit]
        return Page[ThreadMetadata](
            data=[doc.metadata() for doc in docs],
            has_more=more,
            after=docs[-1].thread_id if more else None,
        )

    async def delete_thread(self, thread_id: str, context: HelplineContext) -> None:
        for model in (ItemDoc, AttachmentDoc, ThreadDoc):
            await model.find(
                model.tenant_no == context.tenant_no, model.thread_id == thread_id
            ).delete()

    # endregion
    # region items
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: HelplineContext
    ) -> Page[ThreadItem]:
        limit, ascending, direction = _bounds(limit, order)
        query = ItemDoc.find(
            ItemDoc.tenant_no == context.tenant_no, ItemDoc.thread_id == thread_id
        )
        if after is not None:
            mark = await ItemDoc.find_one(
                ItemDoc.tenant_no == context.tenant_no,
                ItemDoc.thread_id == thread_id,
                ItemDoc.item_id == after,
            )
            if mark is None:
                raise NotFoundError(f"Item {after} not found")
            query = query.find(ItemDoc.at > mark.at if ascending else ItemDoc.at < mark.at)  # CKF210
        docs = await query.sort([("at", direction), ("_id", direction)]).limit(limit + 1).to_list()
        more = len(docs) > limit
        docs = docs[:limit]
        return Page[ThreadItem](
            data=[ItemAdapter.validate_json(doc.body) for doc in docs],
            has_more=more,
            after=docs[-1].item_id if more else None,
        )

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: HelplineContext
    ) -> None:
        await self._thread(thread_id, context)
        at, body = micros(item.created_at), ItemAdapter.dump_json(item).decode()
        await ItemDoc.find_one(
            ItemDoc.tenant_no == context.tenant_no,
            ItemDoc.thread_id == thread_id,
            ItemDoc.item_id == item.id,
        ).upsert(
            Set({ItemDoc.at: at, ItemDoc.body: body}),
            on_insert=ItemDoc(
                tenant_no=context.tenant_no,
                thread_id=thread_id,
                item_id=item.id,
                at=at,
                body=body,
            ),
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: HelplineContext
    ) -> None:
        await self.save_item(thread_id, item, context)

    async def load_item(
        self, thread_id: str, item_id: str, context: HelplineContext
    ) -> ThreadItem:
        doc = await ItemDoc.find_one(ItemDoc.thread_id == thread_id, ItemDoc.item_id == item_id)  # CKF201
        if doc is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ItemAdapter.validate_json(doc.body)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: HelplineContext
    ) -> None:
        result = await ItemDoc.find_one(
            ItemDoc.tenant_no == context.tenant_no,
            ItemDoc.thread_id == thread_id,
            ItemDoc.item_id == item_id,
        ).delete()
        if result is None or result.deleted_count == 0:
            raise NotFoundError(f"Item {item_id} not found")  # CKF219

    # endregion
    # region attachments
    async def save_attachment(self, attachment: Attachment, context: HelplineContext) -> None:
        doc = AttachmentDoc(
            id=attachment.id,
            tenant_no=context.tenant_no,
            thread_id=attachment.thread_id,
            body=AttachmentAdapter.dump_json(attachment).decode(),
        )
        await doc.save()  # CKF202

    async def load_attachment(self, attachment_id: str, context: HelplineContext) -> Attachment:
        doc = await AttachmentDoc.find_one(
            AttachmentDoc.id == attachment_id, AttachmentDoc.tenant_no == context.tenant_no
        )
        if doc is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return AttachmentAdapter.validate_json(doc.body)

    async def delete_attachment(self, attachment_id: str, context: HelplineContext) -> None:
        await AttachmentDoc.find(
            AttachmentDoc.id == attachment_id, AttachmentDoc.tenant_no == context.tenant_no
        ).delete()
    # endregion
