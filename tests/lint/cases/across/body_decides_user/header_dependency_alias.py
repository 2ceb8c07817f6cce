from dataclasses import dataclass
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Header, Request
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


def caller(x_user_id: Annotated[str, Header()]) -> RequestContext:  # CKF403
    return RequestContext(user_id=x_user_id)


Caller = Annotated[RequestContext, Depends(caller)]


@router.post("/chatkit")
async def chat(request: Request, context: Caller) -> Any:
    return await server.process(await request.body(), context)
