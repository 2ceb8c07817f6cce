from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/upload/{attachment_id}")
async def upload(attachment_id: str, request: Request) -> Any:
    user_id = request.query_params["user_id"]  # CKF403
    return await server.store.load_attachment(attachment_id, {"user_id": user_id})
