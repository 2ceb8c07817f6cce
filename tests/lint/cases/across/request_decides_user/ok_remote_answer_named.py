from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request, auth: Any = Depends()) -> Any:
    payload = await auth.verify(request.headers.get("authorization", ""))
    body = payload.model_dump()
    return await server.process(await request.body(), {"user_id": body["user_id"]})
