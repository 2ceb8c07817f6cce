import json
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Request

SERVER: Any = ChatKitServer


async def from_body(request: Request) -> object:
    body = await request.json()
    user = body.get("user_id")  # CKF403
    return await SERVER.process(await request.body(), {"user_id": user})


async def from_text(request: Request) -> object:
    raw = await request.body()
    data = json.loads(raw)
    context = {"user_id": data["owner"]}  # CKF403
    return await SERVER.process(raw, context)


async def from_session(request: Request) -> object:
    body = await request.json()
    context = {"user_id": request.session["user_id"], "page": body["page"]}
    return await SERVER.process(await request.body(), context)


async def unrelated(request: Request) -> object:
    body = await request.json()
    return body["user_id"]
