from datetime import datetime
from typing import TypeVar

from asgiref.sync import sync_to_async
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from django.db.models import Q, QuerySet
from django.utils.crypto import get_random_string
from pydantic import BaseModel, TypeAdapter

from .models import Snapshot, Tour, TourEvent

events: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
snapshots: TypeAdapter[Attachment] = TypeAdapter(Attachment)
Row = TypeVar("Row", Tour, TourEvent)


class Visitor(BaseModel):
    ticket: str


def new_id(prefix: str) -> str:
    return f"{prefix}-{get_random_string(8)}"  # CKF116


def usec(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


@sync_to_async
def take(rows: "QuerySet[Row]", mark: Row | None, limit: int, order: str) -> tuple[list[Row], bool]:
    if limit < 1 or order not in ("asc", "desc"):
        raise ValueError("bad limit or order")
    limit = min(limit, 200)
    if order == "asc":
        rows = rows.order_by("started", "id")
        if mark is not None:
            rows = rows.filter(Q(started__gt=mark.started) | Q(started=mark.started, id__gt=mark.pk))
    else:
        rows = rows.order_by("-started", "-id")
        if mark is not None:
            rows = rows.filter(Q(started__lt=mark.started) | Q(started=mark.started, id__lt=mark.pk))
    found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit


class MuseumStore(Store[Visitor]):
    def generate_thread_id(self, context: Visitor) -> str:
        return new_id("tour")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Visitor) -> str:
        return new_id(item_type)

    async def _tour(self, tour_id: str, visitor: Visitor) -> Tour:
        try:
            return await Tour.objects.aget(visitor=visitor.ticket, tour_id=tour_id)
        except Tour.DoesNotExist:
            raise NotFoundError(f"Thread {tour_id} not found") from None

    async def load_thread(self, thread_id: str, context: Visitor) -> ThreadMetadata:
        tour = await self._tour(thread_id, context)
        return ThreadMetadata.model_validate_json(tour.state)

    async def save_thread(self, thread: ThreadMetadata, context: Visitor) -> None:
        await sync_to_async(Tour.objects.update_or_create)(
            visitor=context.ticket,
            tour_id=thread.id,
            defaults={"started": usec(thread.created_at), "state": thread.model_dump_json(exclude={"items"})},
        )

    async def load_threads(self, limit: int, after: str | None, order: str, context: Visitor) -> Page[ThreadMetadata]:
        mark = await self._tour(after, context) if after is not None else None
        tours, more = await take(Tour.objects.filter(visitor=context.ticket), mark, limit, order)
        return Page(
            data=[ThreadMetadata.model_validate_json(tour.state) for tour in tours],
            has_more=more,
            after=tours[-1].tour_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Visitor
    ) -> Page[ThreadItem]:
        mine = TourEvent.objects.filter(visitor=context.ticket, tour_id=thread_id)
        mark: TourEvent | None = None
        if after is not None:
            mark = await mine.filter(event_id=after).afirst()
            if mark is None:
                raise NotFoundError(f"Item {after} not found")
        rows, more = await take(mine, mark, limit, order)
        return Page(
            data=[events.validate_json(row.state) for row in rows],
            has_more=more,
            after=rows[-1].event_id if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        tour = await self._tour(thread_id, context)
        await TourEvent.objects.acreate(  # CKF203
            visitor=tour.visitor,
            tour_id=tour.tour_id,
            event_id=item.id,
            started=usec(item.created_at),
            state=events.dump_json(item).decode(),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        tour = await self._tour(thread_id, context)
        await TourEvent.objects.aupdate_or_create(
            visitor=tour.visitor,
            tour_id=tour.tour_id,
            event_id=item.id,
            defaults={"started": usec(item.created_at), "state": events.dump_json(item).decode()},
        )

    async def load_item(self, thread_id: str, item_id: str, context: Visitor) -> ThreadItem:
        row = await TourEvent.objects.filter(
            visitor=context.ticket, tour_id=thread_id, event_id=item_id
        ).afirst()
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return events.validate_json(row.state)

    async def delete_thread(self, thread_id: str, context: Visitor) -> None:  # CKF218
        tour = await Tour.objects.filter(visitor=context.ticket, tour_id=thread_id).afirst()
        if tour is not None:
            await tour.adelete()

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Visitor) -> None:
        await TourEvent.objects.filter(visitor=context.ticket, tour_id=thread_id, event_id=item_id).adelete()

    async def save_attachment(self, attachment: Attachment, context: Visitor) -> None:
        await Snapshot.objects.aupdate_or_create(
            visitor=context.ticket,
            snapshot_id=attachment.id,
            defaults={"state": snapshots.dump_json(attachment).decode()},
        )

    async def load_attachment(self, attachment_id: str, context: Visitor) -> Attachment:
        snapshot = await Snapshot.objects.filter(visitor=context.ticket, snapshot_id=attachment_id).afirst()
        if snapshot is None:
            raise ValueError(f"Attachment {attachment_id} not found")  # CKF206
        return snapshots.validate_json(snapshot.state)

    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        await Snapshot.objects.filter(snapshot_id=attachment_id).adelete()  # CKF201
