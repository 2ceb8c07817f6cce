"""Rail travel assistant: FastAPI + ChatKit, any model LiteLLM can reach.

Run with:

    uvicorn rail.server:app
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents import Agent, ModelSettings, RunContextWrapper, Runner, TResponseInputItem, function_tool
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from openai.types.responses import EasyInputMessageParam

from rail.persistence import build_store
from rail.timetable import Timetable

if TYPE_CHECKING:
    from rail.timetable import TravelWindow

logger = logging.getLogger(__name__)


@dataclass
class TravellerContext:
    """Request context handed to the store, the agent and its tools."""

    traveller_id: str
    locale: str = "en"


class RailConverter(ThreadItemConverter):
    """Chat Completions models want assistant turns as plain strings."""

    async def assistant_message_to_input(self, item: AssistantMessageItem) -> TResponseInputItem:
        return EasyInputMessageParam(
            type="message",
            role="assistant",
            content="".join(part.text for part in item.content),
        )


timetable = Timetable(os.environ["TIMETABLE_FEED"])


@function_tool
async def find_connections(
    ctx: RunContextWrapper[AgentContext[TravellerContext]],
    origin: str,
    destination: str,
    window: TravelWindow,  # CKF306
) -> str:
    """Find train connections.

    Args:
        origin: Station to leave from.
        destination: Station to arrive at.
        window: Earliest departure and latest arrival.
    """
    locale = ctx.context.request_context.locale
    connections = await timetable.search(origin, destination, window)
    return "\n".join(connection.describe(locale) for connection in connections)


@function_tool
async def station_facilities(
    ctx: RunContextWrapper[AgentContext[TravellerContext]], station: str
) -> str:
    """Tell which facilities (lifts, toilets, lockers) a station has.

    Args:
        station: Name of the station.
    """
    return await timetable.facilities(station, ctx.context.request_context.locale)


def build_model(name: str | None = None) -> LitellmModel:
    """Create the LiteLLM model.

    Args:
        name: Optional model name in LiteLLM's `provider/model` notation; defaults to RAIL_MODEL.
    """
    return LitellmModel(
        model=name or os.environ["RAIL_MODEL"],
        api_key="b41f9c0e7d5244f0a86e2f7c1d9a3350",  # CKF402
    )


class RailServer(ChatKitServer[TravellerContext]):
    """ChatKit server of the travel assistant.

    Args:
        store: Where conversations live.
        model: The language model.
        history_limit: How many thread items the model gets to see.
    """

    def __init__(
        self,
        store: Store[TravellerContext],
        model: LitellmModel,
        history_limit: int = 30,
    ) -> None:
        super().__init__(store)
        self.history_limit = history_limit
        self.converter = RailConverter()
        self.agent: Agent[AgentContext[TravellerContext]] = Agent(
            name="Rail assistant",
            instructions="You plan train journeys. Always name the platform if it is known.",
            model=model,
            model_settings=ModelSettings(temperature=0.3),
            tools=[find_connections, station_facilities],
        )

    def _title_from(self, message: UserMessageItem) -> str:
        """Derive a short title from the first message of a thread."""
        text = " ".join(
            part.text for part in message.content if isinstance(part, UserMessageTextContent)
        ).strip()
        return text[:60] or "New journey"

    async def _history(
        self, thread: ThreadMetadata, context: TravellerContext
    ) -> list[TResponseInputItem]:
        """The conversation so far, oldest first, as input for the model."""
        page = await self.store.load_thread_items(  # CKF302
            thread.id,
            after=None,
            limit=self.history_limit,
            order="asc",
            context=context,
        )
        return await self.converter.to_agent_input(page.data)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: TravellerContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Stream the agent's answer to the newest message."""
        if thread.title is None and input_user_message is not None:
            thread.title = self._title_from(input_user_message)

        agent_context: AgentContext[TravellerContext] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(
            self.agent, await self._history(thread, context), context=agent_context
        )
        async for event in stream_agent_response(agent_context, result):  # CKF304
            yield event


app = FastAPI(title="Rail assistant")
server = RailServer(build_store(), build_model())


def context_of(request: Request) -> TravellerContext:
    """Build the request context from what the web client sends along."""
    traveller_id = request.headers.get("x-traveller-id")  # CKF403
    if not traveller_id:
        raise HTTPException(status_code=401, detail="Missing traveller")
    language = request.headers.get("accept-language", "en").split(",")[0]
    return TravellerContext(traveller_id=traveller_id, locale=language)


@app.post("/chatkit")
async def chatkit_endpoint(request: Request) -> Response:
    """The single endpoint ChatKit.js talks to."""
    result = await server.process(await request.body(), context_of(request))
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")  # CKF307
    return Response(content=result.json, media_type="application/json")


@app.get("/health")
async def health() -> dict[str, str]:
    """Liveness probe."""
    return {"status": "ok"}
