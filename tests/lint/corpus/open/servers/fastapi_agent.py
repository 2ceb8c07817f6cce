"""A FastAPI application around one agent: the plain case, done with care."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import anyio
import jwt
from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    ErrorEvent,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

logger = logging.getLogger(__name__)

HISTORY = 40
SSE = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}

bearer = HTTPBearer()


@dataclass
class RequestContext:
    user_id: str


class AssistantServer(ChatKitServer[RequestContext]):
    def __init__(self, store: Store[RequestContext], agent: Agent[AgentContext[RequestContext]]) -> None:
        super().__init__(store)
        self.agent = agent

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        # The newest items, turned round into the order they were written in. The message that
        # is being answered is among them already.
        newest = await self.store.load_thread_items(
            thread.id, after=None, limit=HISTORY, order="desc", context=context
        )
        agent_input = await simple_to_agent_input(newest.data[::-1])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        run = Runner.run_streamed(self.agent, agent_input, context=agent_context)
        async for event in stream_agent_response(agent_context, run):
            yield event

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: RequestContext
    ) -> None:
        # Starlette cancels the scope around the response: without a shield nothing is stored.
        with anyio.move_on_after(5, shield=True):
            await super().handle_stream_cancelled(thread, pending_items, context)


def current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> RequestContext:
    try:
        claims = jwt.decode(
            credentials.credentials, os.environ["JWT_PUBLIC_KEY"], algorithms=["RS256"]
        )
    except jwt.InvalidTokenError:
        raise HTTPException(status_code=401, detail="Please sign in again.") from None
    return RequestContext(user_id=claims["sub"])


async def guarded(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass a stream on, and end it with an error event where it breaks."""
    yield first
    try:
        async for chunk in rest:
            yield chunk
    except Exception:
        logger.exception("the stream broke")
        event = ErrorEvent(message="Something went wrong. Please try again.", allow_retry=True)
        yield b"data: " + event.model_dump_json(exclude_none=True).encode() + b"\n\n"


def create_app(store: Store[RequestContext]) -> FastAPI:
    app = FastAPI()
    agent = Agent[AgentContext[RequestContext]](
        name="Assistant",
        instructions="Answer briefly and say when you do not know.",
        model=os.environ["CHAT_MODEL"],
    )
    server = AssistantServer(store, agent)

    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, error: Exception) -> JSONResponse:
        logger.info("not found: %s", error)
        return JSONResponse({"error": "not_found"}, status_code=404)

    @app.post("/chatkit")
    async def chatkit(
        request: Request, context: Annotated[RequestContext, Depends(current_user)]
    ) -> Response:
        result = await server.process(await request.body(), context)
        if not isinstance(result, StreamingResult):
            return Response(content=result.json, media_type="application/json")
        chunks = aiter(result)
        first = await anext(chunks)  # an unknown thread becomes a 404 here, before any header
        return StreamingResponse(
            guarded(first, chunks), media_type="text/event-stream", headers=SSE
        )

    return app
