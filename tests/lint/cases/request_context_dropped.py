from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Request

server: Any = ChatKitServer


async def empty(request: Request) -> object:
    return await server.process(await request.body(), {})  # CKF309


async def nothing(request: Request) -> object:
    return await server.process(await request.body(), context=None)  # CKF309


async def named(request: Request) -> object:
    context = {"user_id": request.session["user_id"]}
    return await server.process(await request.body(), context=context)


async def other(queue: Any) -> object:
    return await queue.process("job", {})
