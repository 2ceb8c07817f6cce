"""Starlette, an agent with tools, and titles that never replace what the user chose."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.actions import Action
from chatkit.agents import AgentContext, ClientToolCall, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    HiddenContextItem,
    ProgressUpdateEvent,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
)
from chatkit.widgets import WidgetTemplate
from starlette.applications import Starlette
from starlette.authentication import AuthenticationBackend
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from typing_extensions import TypedDict

logger = logging.getLogger(__name__)


class Session(TypedDict):
    user_id: str
    language: str


ToolContext = RunContextWrapper[AgentContext[Session]]
weather_card = WidgetTemplate.from_file(str(Path(__file__).with_name("weather.widget")))


@function_tool
async def get_weather(ctx: ToolContext, city: str) -> str:
    """Look up the weather of a city and show it as a card.

    Args:
        city: The name of the city.
    """
    await ctx.context.stream(ProgressUpdateEvent(text=f"Looking at the sky over {city}"))
    async with httpx.AsyncClient(base_url=os.environ["WEATHER_URL"], timeout=10) as client:
        reply = await client.get("/now", params={"city": city})
    reply.raise_for_status()
    weather = reply.json()
    await ctx.context.stream_widget(weather_card.build({"city": city, **weather}))
    return f"{weather['degrees']} degrees, {weather['sky']}"


@function_tool(name_override="switch_theme")
async def switch_theme(ctx: RunContextWrapper[Any], theme: str) -> None:
    """Switch the page between light and dark."""
    ctx.context.client_tool_call = ClientToolCall(name="switch_theme", arguments={"theme": theme})


assistant = Agent[AgentContext[Session]](
    name="Weather desk",
    instructions="You know about weather. Use the tools.",
    model=os.environ["CHAT_MODEL"],
    tools=[get_weather, switch_theme],
)

namer = Agent[None](
    name="Namer",
    instructions="Name the conversation in at most five words.",
    model=os.environ["NAMING_MODEL"],
)


def plain_text(message: UserMessageItem) -> str:
    texts = [part.text for part in message.content if isinstance(part, UserMessageTextContent)]
    return " ".join(texts).strip()


class WeatherServer(ChatKitServer[Session]):
    converter = ThreadItemConverter()

    def __init__(self, store: Store[Session]) -> None:
        super().__init__(store=store)
        self._background: set[asyncio.Task[None]] = set()

    async def _history(self, thread_id: str, context: Session) -> list[Any]:
        page = await self.store.load_thread_items(thread_id, None, 30, "desc", context)
        return await self.converter.to_agent_input(list(reversed(page.data)))

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Session,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if input_user_message is not None and thread.title is None:
            self._in_background(self._name(thread.id, plain_text(input_user_message), context))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            starting_agent=assistant,
            input=await self._history(thread.id, context),
            context=agent_context,
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Session,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if action.type != "weather.pin":
            return
        yield ThreadItemDoneEvent(
            item=HiddenContextItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content=f"The user pinned {action.payload}",
            )
        )
        yield ThreadItemDoneEvent(
            item=AssistantMessageItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content=[AssistantMessageContent(text="Pinned.")],
            )
        )

    async def _name(self, thread_id: str, question: str, context: Session) -> None:
        try:
            named = await Runner.run(namer, question)
            fresh = await self.store.load_thread(thread_id, context)
            if fresh.title is None:
                fresh.title = str(named.final_output).strip()[:80]
                await self.store.save_thread(fresh, context)
        except Exception:
            logger.exception("thread %s could not be named", thread_id)

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


class EventStream(StreamingResponse):
    """A stream of server-sent events that no proxy holds back."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        super().__init__(content)
        self.headers["Cache-Control"] = "no-cache"
        self.headers["Connection"] = "keep-alive"
        self.headers["X-Accel-Buffering"] = "no"


async def chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def create_app(store: Store[Session], users: AuthenticationBackend) -> Starlette:
    server = WeatherServer(store)

    async def endpoint(request: Request) -> Response:
        if not request.user.is_authenticated:
            return JSONResponse({"error": "unauthenticated"}, status_code=401)
        context = Session(
            user_id=request.user.identity,
            language=request.headers.get("accept-language", "en"),
        )
        try:
            result = await server.process(await request.body(), context)
            if isinstance(result, StreamingResult):
                events = aiter(result)
                return EventStream(chained(await anext(events), events))
        except NotFoundError:
            return JSONResponse({"error": "not found"}, status_code=404)
        return Response(result.json, media_type="application/json")

    return Starlette(
        routes=[Route("/chatkit", endpoint, methods=["POST"])],
        middleware=[Middleware(AuthenticationMiddleware, backend=users)],
    )
