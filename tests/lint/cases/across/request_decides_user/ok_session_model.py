from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)




class SessionData(BaseModel):
    user_id: str


async def session(request: Request) -> SessionData:
    return SessionData(**request.session)


@app.post("/chatkit")
async def chat(request: Request, data: SessionData = Depends(session)) -> Any:
    return await server.process(await request.body(), {"user_id": data.user_id})
