import aiosqlite
import asyncpg
import boto3
import httpx
import jwt
import os
from agents import OpenAIChatCompletionsModel
from chatkit.store import NotFoundError
from motor.motor_asyncio import AsyncIOMotorClient
from openai import AsyncOpenAI
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.middleware.sessions import SessionMiddleware
from typing import Any

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


KEPT_TOO = NotFoundError
DATABASE_URL = "postgresql+asyncpg://chat:@db-prod-3.internal:5432/chat"  # CKF401
engine = create_async_engine(DATABASE_URL, pool_pre_ping=True)
mongo: Any = AsyncIOMotorClient("mongodb://mongo-1.prod:27017")  # CKF401
fine: Any = AsyncIOMotorClient(os.environ["MONGO_URL"])
cache = Redis(host="10.1.2.3", port=6379)  # CKF401
cache_ok = Redis.from_url(os.getenv("REDIS_URL", "redis://localhost:6379/0"))
client = AsyncOpenAI(api_key=os.environ["OPENAI_API_KEY"], base_url=os.environ.get("OPENAI_BASE_URL"))
ollama = AsyncOpenAI(api_key="ollama", base_url=os.environ["OLLAMA_URL"])
TOKEN = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fG3hJ5"  # CKF402
WEBHOOK_SECRET = "whsec_9fK2mQ7xT4vB8nR1cL6w"  # CKF402


class Settings(BaseSettings):
    database_url: str = "sqlite+aiosqlite:///./chat.db"
    openai_api_key: SecretStr = SecretStr("")
    jwt_secret: str
    model: str = "gpt-4.1-mini"


def verify(token: str) -> dict[str, Any]:
    return jwt.decode(token, "s3cr3t-9f8a7b6c5d4e", algorithms=["HS256"])  # CKF402


def verify_ok(token: str, settings: Settings) -> dict[str, Any]:
    return jwt.decode(token, settings.jwt_secret, algorithms=["HS256"])


async def pool() -> Any:
    return await asyncpg.create_pool(
        user="chat", password=os.environ["PGPASSWORD"], host=os.environ["PGHOST"], database="chat"
    )


async def pool_bad() -> Any:
    return await asyncpg.create_pool(
        user="chat", password="Tr0ub4dor&3xK9", host=os.environ["PGHOST"], database="chat"  # CKF402
    )


s3 = boto3.client("s3", region_name="eu-central-1")
minio = boto3.client("s3", endpoint_url="http://minio.storage.svc:9000")  # CKF401
middleware = (SessionMiddleware, {"secret_key": "kJ8#mN2$pQ5vX7zB4wR9"})  # CKF402
http = httpx.AsyncClient(base_url="https://api.openai.com/v1", timeout=30)
headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
MODEL = OpenAIChatCompletionsModel(model="gpt-4.1", openai_client=client)
DOCS = "https://platform.openai.com/docs"
