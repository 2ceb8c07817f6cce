import json
from abc import ABC
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

app = FastAPI()
router = APIRouter()
server: ChatKitServer[Any] = ChatKitServer(None)


@dataclass
class RequestContext:
    user_id: str
    locale: str = "en"


class ChatBody(BaseModel):
    user_id: str
    message: dict[str, Any]
    locale: str = "en"




class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def handle(self, raw: bytes) -> Any:
        data = json.loads(raw)
        context = {"user_id": data["params"]["user_id"]}  # CKF403
        return await self.process(raw, context)
