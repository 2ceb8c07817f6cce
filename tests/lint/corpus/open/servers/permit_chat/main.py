"""aiohttp service of the permit chat."""

import json
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from aiohttp import web
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, NonStreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageItem,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from psycopg_pool import AsyncConnectionPool

from .store import DDL, Clerk, PermitStore
from .tools import fee_for, permit_status

log = logging.getLogger("permit_chat")


class PermitServer(ChatKitServer[Clerk]):
    def __init__(self, store: PermitStore, model: str) -> None:
        super().__init__(store)
        self._agent: Agent[AgentContext[Clerk]] = Agent(
            name="permits",
            instructions="You assist clerks of the building office. Cite paragraph numbers.",
            model=model,
            tools=[permit_status, fee_for],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Clerk,
    ) -> AsyncIterator[ThreadStreamEvent]:
        recent = await self.store.load_thread_items(thread.id, None, 40, "desc", context)
        recent.data.reverse()
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            self._agent, await simple_to_agent_input(recent.data), context=agent_context
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def handle_stream_cancelled(  # CKF310
        self, thread: ThreadMetadata, context: Clerk, pending: list[ThreadItem] | None = None
    ) -> None:
        log.info("clerk left thread %s while the answer was streaming", thread.id)
        for item in pending or []:
            if isinstance(item, AssistantMessageItem) and item.content:
                await self.store.add_thread_item(thread.id, item, context)


async def chatkit(request: web.Request) -> web.StreamResponse:
    raw = await request.read()
    # the desktop client puts the signed-in clerk into the request's metadata
    metadata: dict[str, Any] = json.loads(raw).get("metadata") or {}
    clerk = Clerk(metadata.get("clerk_id", ""), metadata.get("office", ""))  # CKF403
    if not clerk.clerk_id:
        raise web.HTTPUnauthorized(text="clerk_id is missing")

    server: PermitServer = request.app["server"]
    try:
        result = await server.process(raw, clerk)
    except NotFoundError:
        return web.json_response({"error": "not found"}, status=404)
    if isinstance(result, NonStreamingResult):
        return web.Response(body=result.json, content_type="application/json")

    response = web.StreamResponse(status=200)
    response.content_type = "text/event-stream"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Connection"] = "keep-alive"
    response.headers["X-Accel-Buffering"] = "no"
    await response.prepare(request)
    async for chunk in result:
        await response.write(chunk)
    await response.write_eof()
    return response


async def database(app: web.Application) -> AsyncIterator[None]:
    async with AsyncConnectionPool(os.environ["PERMIT_DSN"], open=False) as pool:
        async with pool.connection() as conn:
            await conn.execute(DDL)
        app["server"] = PermitServer(PermitStore(pool), os.environ["PERMIT_MODEL"])
        yield


def create_app() -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(database)
    app.router.add_post("/chatkit", chatkit)
    return app
