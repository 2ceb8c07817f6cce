from typing import Any

from chatkit.agents import AgentContext
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


class RequestContext(dict[str, str]):
    pass


async def by_name(request: Request) -> object:
    context: dict[str, Any] = {}
    return await server.process(await request.body(), context)  # CKF309


async def other_server(request: Request, support: Any) -> object:
    context = RequestContext()
    return await support.process(await request.body(), context)  # CKF309


async def agent(thread: Any, store: Any, context: Any) -> object:
    return AgentContext[Any](thread=thread, store=store, request_context={})  # CKF309


async def filled(request: Request) -> object:
    context: dict[str, Any] = {}
    context["user_id"] = request.session["user_id"]
    return await server.process(await request.body(), context)


async def handed(request: Request, identify: Any) -> object:
    context = RequestContext()
    identify(request, context)
    return await server.process(await request.body(), context)
