from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    print("from", request.headers.get("x-user-id"))
    return await server.process(await request.body(), {"user_id": request.user.display_name})
