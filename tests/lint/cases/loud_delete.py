from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Loud(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        if (context, thread_id) not in self.threads:
            raise NotFoundError(f"Thread {thread_id} not found")  # CKF219
        await self.remove(context, thread_id)

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        self.files.pop((context, attachment_id))  # CKF219

    async def remove(self, owner: str, thread_id: str) -> None:
        self.threads.pop((owner, thread_id), None)


class Louder(Store[str], ABC):
    def __init__(self) -> None:
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        del self.files[(context, attachment_id)]  # CKF219


class Quiet(Store[str], ABC):
    def __init__(self) -> None:
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        self.files.pop((context, attachment_id), None)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: str) -> None:
        try:
            self.files.pop((context, item_id))
        except KeyError:
            return


KEPT = Page
