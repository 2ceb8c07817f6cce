from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from pathlib import Path
from .fs import remove_tree

Ctx = dict[str, Any]


class Files(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    def _folder(self, context: Ctx, thread_id: str) -> Path:
        return self.root / context["user"] / thread_id

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        path = self._folder(context, thread_id) / "items" / f"{item.id}.json"
        path.write_text(item.model_dump_json())

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        folder = self._folder(context, thread_id)
        await remove_tree(folder)
        (self.root / "index" / thread_id).unlink(missing_ok=True)
        self.seen.pop(thread_id, None)
