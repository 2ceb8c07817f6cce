"""A travel agency's assistant: an APIRouter, tools in a class, settings from the environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from functools import lru_cache
from typing import Any

import httpx
from agents import Agent, RunConfig, Runner, RunContextWrapper, Tool, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    ErrorEvent,
    StreamOptions,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from typing_extensions import TypedDict

logger = logging.getLogger(__name__)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TRAVEL_", env_file=".env")

    model: str
    title_model: str
    flights_url: str
    flights_key: SecretStr
    history: int = 50


@lru_cache
def settings() -> Settings:
    return Settings()  # pyright: ignore[reportCallIssue]


class Traveller(TypedDict):
    user_id: str
    locale: str


Authenticate = Callable[[Request], Awaitable[Traveller]]


class Flights:
    """The agency's own flight search."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def search(self, origin: str, destination: str, day: date) -> str:
        answer = await self._client.get(
            "/flights", params={"from": origin, "to": destination, "day": day.isoformat()}
        )
        answer.raise_for_status()
        return answer.text

    def tools(self) -> list[Tool]:
        @function_tool
        async def search_flights(
            ctx: RunContextWrapper[Any], origin: str, destination: str, day: str
        ) -> str:
            """Flights on a day (YYYY-MM-DD) between two airports."""
            traveller: Traveller = ctx.context.request_context
            logger.info("flight search for %s", traveller["user_id"])
            return await self.search(origin, destination, date.fromisoformat(day))

        return [search_flights]


class TravelServer(ChatKitServer[Traveller]):
    def __init__(self, store: Store[Traveller], flights: Flights) -> None:
        super().__init__(store)
        self._background: set[asyncio.Task[None]] = set()
        self._converter = ThreadItemConverter()
        self._titles = Agent[Any](
            name="Titles",
            model=settings().title_model,
            instructions="Answer with a title of at most five words for what the user asks.",
        )
        self._agent = Agent[AgentContext[Traveller]](
            name="Travel",
            model=settings().model,
            instructions="Find connections and say what they cost.",
            tools=flights.tools(),
        )

    def get_stream_options(self, thread: ThreadMetadata, context: Traveller) -> StreamOptions:
        return StreamOptions(allow_cancel=True)

    async def _newest(self, thread: ThreadMetadata, context: Traveller) -> list[ThreadItem]:
        page = await self.store.load_thread_items(
            thread_id=thread.id,
            after=None,
            limit=settings().history,
            order="desc",
            context=context,
        )
        items = page.data
        items.reverse()
        return items

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Traveller,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if thread.title is None and input_user_message is not None:
            task = asyncio.create_task(self._give_title(thread.id, input_user_message, context))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

        agent_context = AgentContext[Traveller](
            thread=thread, store=self.store, request_context=context
        )
        arguments: dict[str, Any] = {
            "context": agent_context,
            "run_config": RunConfig(workflow_name="travel", group_id=thread.id),
        }
        conversation = await self._converter.to_agent_input(await self._newest(thread, context))
        result = Runner.run_streamed(self._agent, conversation, **arguments)
        try:
            async for event in stream_agent_response(agent_context, result):
                yield event
        except httpx.HTTPError as error:
            logger.warning("flight search failed: %s", error)
            yield ErrorEvent(message="The flight search does not answer.", allow_retry=True)

    async def _give_title(
        self, thread_id: str, message: UserMessageItem, context: Traveller
    ) -> None:
        words = " ".join(
            part.text for part in message.content if isinstance(part, UserMessageTextContent)
        )
        title = await Runner.run(self._titles, words)
        thread = await self.store.load_thread(thread_id, context)
        if thread.title is None:
            thread.title = str(title.final_output)[:80]
            await self.store.save_thread(thread, context)


def flight_client() -> httpx.AsyncClient:
    key = settings().flights_key.get_secret_value()
    return httpx.AsyncClient(
        base_url=settings().flights_url, headers={"Authorization": f"Bearer {key}"}
    )


def sse(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(
        result,
        media_type="text/event-stream",
        headers={
            "Cache-Control": "no-cache",
            "Connection": "keep-alive",
            "X-Accel-Buffering": "no",
        },
    )


def create_router(store: Store[Traveller], authenticate: Authenticate) -> APIRouter:
    router = APIRouter(prefix="/api")
    server = TravelServer(store, Flights(flight_client()))

    async def endpoint(
        request: Request, traveller: Traveller = Depends(authenticate)
    ) -> Response:
        result = await server.process(await request.body(), dict_to_traveller(traveller))
        if isinstance(result, StreamingResult):
            return sse(result)
        return Response(result.json, media_type="application/json")

    router.add_api_route("/chatkit", endpoint, methods=["POST"], response_model=None)
    return router


def dict_to_traveller(claims: Traveller) -> Traveller:
    return Traveller(user_id=claims["user_id"], locale=claims.get("locale", "en"))
