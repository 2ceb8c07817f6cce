"""Workshop assistant for a chain of garages. Starlette + LiteLLM (the model runs in-house)."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agents import Agent, ModelSettings, RunContextWrapper, Runner, TResponseInputItem, function_tool
from agents.extensions.models.litellm_model import LitellmModel
from openai.types.responses import EasyInputMessageParam
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageItem,
    ProgressUpdateEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from garage.auth import StaffTokenBackend
from garage.db import open_store
from garage.parts import search_parts

if TYPE_CHECKING:
    from garage.context import WorkshopContext

logger = logging.getLogger("garage.chat")

RECENT = 60
SSE = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


class PlainTextConverter(ThreadItemConverter):
    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        text = "\n".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


@function_tool
async def find_part(ctx: RunContextWrapper[WorkshopContext], number: str) -> str:  # CKF306
    """Look a spare part up by its manufacturer number."""
    hits = await search_parts(number)
    logger.info("part search %s: %d hits", number, len(hits))
    return "\n".join(f"{hit.number}: {hit.name}, {hit.stock} in stock" for hit in hits) or "no hit"


def build_agent() -> Agent[Any]:
    return Agent[Any](
        name="Workshop",
        instructions="Answer mechanics' questions. Name part numbers exactly.",
        model=LitellmModel(
            model=os.environ["GARAGE_MODEL"],
            base_url=os.environ["GARAGE_MODEL_URL"],
            api_key=os.environ["GARAGE_MODEL_KEY"],
        ),
        model_settings=ModelSettings(temperature=0.2),
        tools=[find_part],
    )


class GarageServer(ChatKitServer[dict[str, Any]]):
    def __init__(self, store: Store[dict[str, Any]], agent: Agent[Any]) -> None:
        super().__init__(store)
        self.agent = agent
        self.converter = PlainTextConverter()

    async def recent_input(
        self, thread: ThreadMetadata, context: dict[str, Any]
    ) -> list[TResponseInputItem]:
        page = await self.store.load_thread_items(thread.id, None, RECENT, "desc", context)
        page.data.reverse()
        return await self.converter.to_agent_input(page.data)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: dict[str, Any],
    ) -> AsyncIterator[ThreadStreamEvent]:
        yield ProgressUpdateEvent(text="Looking into the workshop books")
        agent_input = await self.recent_input(thread, context)
        if input_user_message is not None:
            agent_input += await self.converter.to_agent_input(input_user_message)  # CKF303

        agent_context = AgentContext[dict[str, Any]](
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(self.agent, agent_input, max_turns=8)  # CKF305
        async for event in stream_agent_response(agent_context, result):
            yield event  # CKF304


@requires("mechanic")
async def chat(request: Request) -> Response:
    mechanic = request.user.display_name
    logger.info("chat request of %s", mechanic)
    server: GarageServer = request.app.state.chat
    result = await server.process(await request.body(), {})  # CKF309
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream", headers=SSE)
    return Response(result.json, media_type="application/json")


async def health(request: Request) -> Response:
    return Response("ok", media_type="text/plain")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with open_store(os.environ["GARAGE_DATABASE_URL"]) as store:
        app.state.chat = GarageServer(store, build_agent())
        yield


app = Starlette(
    routes=[
        Route("/chat", chat, methods=["POST"]),
        Route("/health", health),
    ],
    middleware=[Middleware(AuthenticationMiddleware, backend=StaffTokenBackend())],
    lifespan=lifespan,
)
