from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request

from .guard_asked import gateway_only

server: ChatKitServer[Any] = ChatKitServer(None)
app = FastAPI(dependencies=[Depends(gateway_only)])


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": request.headers["x-user-id"]})
