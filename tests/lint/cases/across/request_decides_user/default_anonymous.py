from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


def get_user_id(request: Request) -> str:
    user_id = request.headers.get("X-User-ID") or request.query_params.get("user_id")  # CKF403 CKF403
    return user_id or "anonymous"


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": get_user_id(request)})
