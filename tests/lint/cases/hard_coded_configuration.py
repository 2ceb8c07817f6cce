import os

import aiosqlite
import asyncpg
from chatkit.store import NotFoundError
from sqlalchemy.ext.asyncio import create_async_engine

KEPT = NotFoundError
URL = "postgresql+asyncpg://chat@localhost/chat"  # CKF401
FROM_ENVIRONMENT = os.environ.get("DATABASE_URL", "postgresql+asyncpg://chat@localhost/chat")

engine = create_async_engine(URL)
other = create_async_engine(FROM_ENVIRONMENT)


async def pool(url: str) -> list[object]:
    return [
        await asyncpg.create_pool(dsn="postgres://chat@db/chat"),  # CKF401
        await asyncpg.create_pool(url),
        await aiosqlite.connect("chat.db"),
        await aiosqlite.connect(os.environ["CHAT_DB"]),
    ]
