"""The simplest store one could write: what random operations are compared with."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chatkit.store import NotFoundError
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

TRow = TypeVar("TRow", ThreadItem, ThreadMetadata)


@dataclass
class Shelf(Generic[TRow]):
    """Keep rows by id, ordered by instant and then by first insertion."""

    kind: str
    rows: dict[str, tuple[int, TRow]] = field(default_factory=dict[str, Any])
    inserted: int = 0

    def put(self, row: TRow) -> None:
        """Insert the row, or replace the one of its id in place."""
        self.inserted += 1
        seq = self.rows[row.id][0] if row.id in self.rows else self.inserted
        self.rows[row.id] = seq, row

    def get(self, row_id: str) -> TRow:
        """Return the row, or raise NotFoundError."""
        if row_id not in self.rows:
            raise NotFoundError(f"{self.kind} {row_id} not found")
        return self.rows[row_id][1]

    def drop(self, row_id: str) -> None:
        """Forget the row; quiet when there is none."""
        self.rows.pop(row_id, None)

    def page(self, after: str | None, limit: int, order: str) -> Page[TRow]:
        """Return the rows that follow the cursor."""
        ordered = sorted(self.rows.values(), key=lambda each: (each[1].created_at, each[0]))
        rows = [row for _, row in (ordered if order == "asc" else ordered[::-1])]
        if after is not None:
            rows = rows[rows.index(self.get(after)) + 1 :]
        more = len(rows) > limit
        shown = rows[:limit]
        return Page(data=shown, has_more=more, after=shown[-1].id if more else None)


@dataclass
class Model:
    """Hold one owner's threads, the items of each, and attachments."""

    threads: Shelf[ThreadMetadata] = field(default_factory=lambda: Shelf("Thread"))
    items: dict[str, Shelf[ThreadItem]] = field(default_factory=dict[str, Any])
    attachments: dict[str, Attachment] = field(default_factory=dict[str, Any])

    def save_thread(self, thread: ThreadMetadata) -> None:
        """Insert or update a thread; a new one has no items."""
        self.threads.put(thread)
        self.items.setdefault(thread.id, Shelf("Item"))

    def shelf(self, thread_id: str) -> Shelf[ThreadItem]:
        """Return the items of a thread, none when it does not exist."""
        return self.items.get(thread_id, Shelf("Item"))

    def write_item(self, thread_id: str, item: ThreadItem) -> None:
        """Insert or update an item of an existing thread."""
        self.threads.get(thread_id)
        self.items[thread_id].put(item)

    def load_attachment(self, attachment_id: str) -> Attachment:
        """Return the record, or raise NotFoundError."""
        if attachment_id not in self.attachments:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return self.attachments[attachment_id]

    def delete_attachment(self, attachment_id: str) -> None:
        """Forget the record; quiet when there is none."""
        self.attachments.pop(attachment_id, None)

    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread, its items and its attachments."""
        self.threads.drop(thread_id)
        self.items.pop(thread_id, None)
        for record in list(self.attachments.values()):
            if record.thread_id == thread_id:
                del self.attachments[record.id]
