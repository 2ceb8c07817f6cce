import os

import aiosqlite
import asyncpg
import boto3
import httpx
from chatkit.store import NotFoundError
from openai import AsyncOpenAI
from pydantic_settings import BaseSettings
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine

KEPT = NotFoundError
URL = "postgresql+asyncpg://chat@localhost/chat"  # CKF401
FROM_ENVIRONMENT = os.environ.get("DATABASE_URL", "postgresql+asyncpg://chat@localhost/chat")
HOST = "cache-01.internal"
CACHE = f"redis://{HOST}:6379/0"  # CKF401
OPEN = f"redis://{os.environ['REDIS_HOST']}:6379/0"
EITHER = os.environ.get("REDIS_URL") or "redis://localhost:6379"

engine = create_async_engine(URL)
other = create_async_engine(FROM_ENVIRONMENT)
memory = create_async_engine("sqlite+aiosqlite:///:memory:")


class Settings(BaseSettings):
    database_url: str = "postgresql+asyncpg://chat@localhost/chat"


class Config:
    MODEL_URL = "http://10.0.3.14:8080/v1"  # CKF401


settings = Settings()
caches = [Redis.from_url(CACHE), Redis.from_url(OPEN), Redis.from_url(EITHER)]
model = AsyncOpenAI(base_url=Config.MODEL_URL)
third = create_async_engine(settings.database_url)
files = boto3.client("s3", endpoint_url="http://minio:9000")  # CKF401
by_host = Redis(host="10.2.0.7", port=6379)  # CKF401
host_open = Redis(host=os.environ["REDIS_HOST"], port=6379)
added = Redis.from_url("redis://" + HOST + ":6379")  # CKF401


async def pool(url: str, host: str) -> list[object]:
    return [
        await asyncpg.create_pool(dsn="postgres://chat@db/chat"),  # CKF401
        await asyncpg.create_pool(url),
        await asyncpg.create_pool(f"postgresql://chat@{host}/chat"),
        await asyncpg.connect("host=db-1.prod dbname=chat"),  # CKF401
        await aiosqlite.connect("chat.db"),
        await aiosqlite.connect(os.environ["CHAT_DB"]),
    ]


def ask() -> list[object]:
    return [
        httpx.get("http://inventory.internal:8080/items"),  # CKF401
        httpx.get("https://api.open-meteo.com/v1/forecast"),
    ]
