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


@app.get("/threads/{thread_id}")
async def thread(thread_id: str, user_id: str) -> Any:  # CKF403
    context = RequestContext(user_id=user_id)
    return await server.store.load_thread(thread_id, context=context)
