from dataclasses import dataclass
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
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


async def member(tenant_id: str, request: Request, members: Any = Depends()) -> str:
    user = request.session["user_id"]
    if not await members.belongs(user, tenant_id):
        raise HTTPException(403)
    return tenant_id


@app.post("/tenants/{tenant_id}/chatkit")
async def chat(request: Request, tenant: Annotated[str, Depends(member)]) -> Any:
    return await server.process(await request.body(), {"user_id": request.session["user_id"], "tenant_id": tenant})
