"""Concierge chat of a hotel group: Starlette, a LiteLLM model, sessions from a signed cookie."""

import logging
import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import anyio
from agents import Agent, MaxTurnsExceeded, RunContextWrapper, Runner, TResponseInputItem, function_tool
from agents.extensions.models.litellm_model import LitellmModel
from agents.models.fake_id import FAKE_RESPONSES_ID
from openai.types.responses import EasyInputMessageParam, ResponseInputTextParam
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, NonStreamingResult
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from hotelchat.rooms import rooms
from hotelchat.storage import build_store

log = logging.getLogger("concierge")
HISTORY = 40


class Guest(BaseModel):
    guest_id: str
    hotel: str


class ConciergeConverter(ThreadItemConverter):
    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"{tag.text} (room type {tag.id})")

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        # Chat Completions models refuse output_text parts in the history
        text = "".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


@function_tool
async def free_rooms(ctx: RunContextWrapper[AgentContext[Guest]], arrival: date, nights: int) -> str:
    """Room types that are free for a stay in the guest's hotel."""
    hotel = ctx.context.request_context.hotel
    return ", ".join(await rooms.free(hotel, arrival, nights)) or "none"


class ConciergeServer(ChatKitServer[Guest]):
    def __init__(self, store: Store[Guest], model: LitellmModel) -> None:
        super().__init__(store)
        self.converter = ConciergeConverter()
        self.agent = Agent[AgentContext[Guest]](
            name="Concierge",
            instructions="You help hotel guests. Be brief and kind.",
            model=model,
            tools=[free_rooms],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Guest,
    ) -> AsyncIterator[ThreadStreamEvent]:
        newest = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        history = list(reversed(newest.data))
        agent_context = AgentContext[Guest](
            thread=thread, store=self.store, request_context=context
        )
        run = Runner.run_streamed(
            self.agent,
            await self.converter.to_agent_input(history),
            context=agent_context,
        )
        try:
            events = stream_agent_response(agent_context, run)
            async for event in self._own_ids(events, thread, context):
                yield event
        except MaxTurnsExceeded:
            log.warning("run of thread %s took too many turns", thread.id)
            raise CustomStreamError(
                "That took too many steps. Please ask again in smaller parts.", allow_retry=True
            ) from None

    async def _own_ids(
        self,
        events: AsyncIterator[ThreadStreamEvent],
        thread: ThreadMetadata,
        context: Guest,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Every item of this model is called __fake_id__; each gets an id for its own lifetime."""
        open_id: str | None = None
        async for event in events:
            if isinstance(event, ThreadItemAddedEvent) and event.item.id == FAKE_RESPONSES_ID:
                open_id = self.store.generate_item_id("message", thread, context)
                yield ThreadItemAddedEvent(item=self._renamed(event.item, open_id))
            elif isinstance(event, ThreadItemUpdatedEvent) and event.item_id == FAKE_RESPONSES_ID:
                if open_id is not None:
                    yield ThreadItemUpdatedEvent(item_id=open_id, update=event.update)
            elif isinstance(event, ThreadItemDoneEvent) and event.item.id == FAKE_RESPONSES_ID:
                is_message = isinstance(event.item, AssistantMessageItem)
                if is_message and open_id is not None:
                    final_id, open_id = open_id, None
                else:
                    kind: StoreItemType = "message" if is_message else "tool_call"
                    final_id = self.store.generate_item_id(kind, thread, context)
                yield ThreadItemDoneEvent(item=self._renamed(event.item, final_id))
            else:
                yield event

    @staticmethod
    def _renamed(item: ThreadItem, new_id: str) -> ThreadItem:
        return item.model_copy(update={"id": new_id})

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: Guest
    ) -> None:
        with anyio.move_on_after(5, shield=True):
            await super().handle_stream_cancelled(thread, pending_items, context)


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def init_headers(self, headers: Any = None) -> None:
        super().init_headers(headers)
        self.headers["Cache-Control"] = "no-cache"
        self.headers["Connection"] = "keep-alive"
        self.headers["X-Accel-Buffering"] = "no"


async def _rest(first: bytes | None, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first is not None:
        yield first
    async for chunk in stream:
        yield chunk


async def chat(request: Request) -> Response:
    signed_in = request.session.get("guest")
    if signed_in is None:
        return JSONResponse({"error": "sign in first"}, status_code=401)
    guest = Guest.model_validate(signed_in)
    server: ConciergeServer = request.app.state.concierge
    try:
        result = await server.process(await request.body(), guest)
        if isinstance(result, NonStreamingResult):
            return Response(result.json, media_type="application/json")
        stream = aiter(result)
        first = await anext(stream, None)
    except NotFoundError:
        return JSONResponse({"error": "not found"}, status_code=404)
    return EventStream(_rest(first, stream))


def create_app() -> Starlette:
    app = Starlette(
        routes=[Route("/concierge", chat, methods=["POST"])],
        middleware=[Middleware(SessionMiddleware, secret_key=os.environ["SESSION_SECRET"])],
    )
    model = LitellmModel(model=os.environ["CONCIERGE_MODEL"], api_key=os.environ["MODEL_API_KEY"])
    app.state.concierge = ConciergeServer(build_store(os.environ["DATABASE_URL"]), model)
    return app
