from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request

from .deps import user_id

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request, user: str = Depends(user_id)) -> Any:
    return await server.process(await request.body(), {"user_id": user})
