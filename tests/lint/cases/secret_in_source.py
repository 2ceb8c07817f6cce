import hmac
import os
from typing import Any

import jwt
from chatkit.store import NotFoundError
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

KEPT = NotFoundError
KEY = "sk-proj-9Xb2LmQ0vT7rYw4KcZ8dPq1sNf6Hj3Ae"  # CKF402
URL = "postgresql://chat:Vr8tq2LmZx@db.internal.example.com/chat"  # CKF402
LOCAL = "postgresql://chat:chat@localhost:5432/chat"
TEMPLATE = "postgresql://{user}:{password}@db.example.com/chat"
PLAIN = "postgresql://user:password@db.example.com/chat"
EXAMPLE = "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx"
YOURS = "sk-your-openai-api-key-goes-here"
WORD = "task-management-of-the-whole-department"
TESTING = "sk-test-4f9a8b7c6d5e4f3a2b1c0d9e8f7a"
JWT_SECRET = os.environ.get("JWT_SECRET", "h3lpd3sk-2024-pRod-9f8a7c6e5d")  # CKF402
SESSION_SECRET = os.getenv("SESSION_SECRET") or "b1c2d3e4f5a69788aabbccdd"  # CKF402
SECRET_KEY = "chatkit-Signing-Secret"  # CKF402
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.qk2WvXz81LmTtYb7"  # CKF402
HEADERS = {"Authorization": "Bearer 7f3c9b1e5d8a4260b9e7"}  # CKF402
OPTIONS = {"password": "Tr0ub4dor", "user": "chat"}  # CKF402
COMPOSE = "postgresql://chat:Vr8tq2LmZx@db:5432/chat"  # CKF402
PAIRS = "host=db-1.prod dbname=chat user=chat password=Vr8tq2LmZx"  # CKF402
API_KEY_HEADER = "X-API-Key-Of-2024"
API_KEY_ENV = "OPENAI_API_KEY_2"
SECRET_NAME = "chat-production-openai-2024"
SECRET = "projects/481516/secrets/chat-key"
LATER_SECRET = "change-me-in-production-1"
TEST_API_KEY = "test-key-for-ci-1234"


class Settings(BaseSettings):
    api_key: SecretStr = SecretStr("4f9a8b7c6d5e4f3a2b1c")  # CKF402
    session_secret: str = Field("Vr8tq2LmZxPw31", min_length=8)  # CKF402
    openai_api_key: str = ""
    auth_token: str = Field(..., alias="CHAT_AUTH_TOKEN")


def signed(data: dict[str, Any], body: bytes) -> object:
    return [
        jwt.encode(data, "prod-signing-k3y", algorithm="HS256"),  # CKF402
        hmac.new(b"wh-4f9a8b7c6d5e", body, "sha256"),  # CKF402
        jwt.encode(data, os.environ["JWT_SECRET"], algorithm="HS256"),
    ]


def allowed(request: Any) -> bool:
    return request.headers.get("X-API-Key") == "9f8e7d6c5b4a39281706"  # CKF402


def joined(host: str, password: str) -> list[str]:
    return [
        f"postgresql://chat:Vr8tq2LmZx@{host}/chat",  # CKF402
        f"postgresql://chat:{password}@{host}/chat",
    ]


def connect(api_key: str = "not-needed-for-ollama-1") -> str:
    return api_key


def documented() -> None:
    """Connect to postgresql://chat:Vr8tq2LmZx@db.internal.example.com/chat."""
