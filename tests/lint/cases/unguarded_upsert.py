from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata

SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (id TEXT PRIMARY KEY, owner TEXT NOT NULL, data TEXT);
CREATE TABLE IF NOT EXISTS notes (owner TEXT, id TEXT, data TEXT, PRIMARY KEY (owner, id));
"""


class Open(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF202
            "INSERT OR REPLACE INTO threads (id, owner, data) VALUES (?, ?, ?)",
            (thread.id, context["user_id"], thread.model_dump_json()),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF202
            """
            INSERT INTO items (id, owner, data) VALUES (?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET data = excluded.data, owner = excluded.owner
            """,
            (item.id, context["user_id"], item.model_dump_json()),
        )

    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:
        await self.db.files.replace_one(  # CKF202
            {"_id": attachment.id},
            {"owner": context["user_id"], "data": attachment.model_dump()},
            upsert=True,
        )


class Guarded(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        await self.db.execute(
            """
            INSERT INTO threads (id, owner, data) VALUES (?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET data = excluded.data WHERE threads.owner = excluded.owner
            """,
            (thread.id, context["user_id"], thread.model_dump_json()),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: dict[str, Any]) -> None:
        await self.db.execute(
            "INSERT OR REPLACE INTO notes (owner, id, data) VALUES (?, ?, ?)",
            (context["user_id"], item.id, item.model_dump_json()),
        )

    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:
        await self.db.files.replace_one(
            {"_id": attachment.id, "owner": context["user_id"]},
            {"owner": context["user_id"], "data": attachment.model_dump()},
            upsert=True,
        )
