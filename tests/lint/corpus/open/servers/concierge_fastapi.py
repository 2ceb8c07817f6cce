"""A concierge behind FastAPI, on any model that LiteLLM knows."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from agents import Agent, Runner, TResponseInputItem
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    HiddenContextItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
from openai.types.responses.easy_input_message_param import EasyInputMessageParam
from pydantic import BaseModel

logger = logging.getLogger(__name__)

# What the Agents SDK writes when the provider gives an item no id of its own.
PLACEHOLDER = "__fake_id__"
HISTORY = 60

EVENT_STREAM = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


class Guest(BaseModel):
    room: str


class Ids:
    """Gives each item that arrives without an id one of its own, from added to done."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}

    def _fresh(self, item: ThreadItem) -> str:
        return f"{item.type}_{uuid.uuid4().hex}"

    def settle(self, event: ThreadStreamEvent) -> ThreadStreamEvent:
        match event:
            case ThreadItemAddedEvent(item=item) if item.id == PLACEHOLDER:
                self._open[item.id] = self._fresh(item)
                renamed = item.model_copy(update={"id": self._open[item.id]})
                return event.model_copy(update={"item": renamed})
            case ThreadItemUpdatedEvent(item_id=item_id) if item_id in self._open:
                return event.model_copy(update={"item_id": self._open[item_id]})
            case ThreadItemDoneEvent(item=item) if item.id == PLACEHOLDER:
                streamed = isinstance(item, AssistantMessageItem)
                own = self._open.pop(item.id, None) if streamed else None
                own = own or self._fresh(item)
                return event.model_copy(update={"item": item.model_copy(update={"id": own})})
            case _:
                return event


class ConciergeConverter(ThreadItemConverter):
    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        note = f"[attached: {attachment.name}, {attachment.mime_type}]"
        return ResponseInputTextParam(type="input_text", text=note)

    async def tag_to_message_content(
        self, tag: UserMessageTagContent
    ) -> ResponseInputContentParam:
        return ResponseInputTextParam(type="input_text", text=f"@{tag.text} is {tag.id}")

    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        return EasyInputMessageParam(
            type="message", role="user", content=f"(for your information: {item.content})"
        )

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        # Chat Completions refuses output_text parts in a later turn; a string is welcome.
        text = "".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


class ConciergeServer(ChatKitServer[Guest]):
    def __init__(self, store: Store[Guest], agent: Agent[AgentContext[Guest]]) -> None:
        super().__init__(store)
        self._agent = agent
        self._converter = ConciergeConverter()

    async def _recent(self, thread: ThreadMetadata, context: Guest) -> list[ThreadItem]:
        newest = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        return list(reversed(newest.data))

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Guest,
    ) -> AsyncIterator[ThreadStreamEvent]:
        # The message that is answered here is stored already, and among the recent items.
        conversation = await self._converter.to_agent_input(await self._recent(thread, context))
        agent_context = AgentContext[Guest](
            thread=thread, store=self.store, request_context=context
        )
        ids = Ids()
        run = Runner.run_streamed(self._agent, conversation, context=agent_context)
        try:
            async for event in stream_agent_response(agent_context, run):
                yield ids.settle(event)
        except ConnectionError as error:
            logger.exception("the model could not be reached")
            raise CustomStreamError(
                "The concierge is not available right now.", allow_retry=True
            ) from error

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: Guest
    ) -> None:
        with anyio.move_on_after(5, shield=True):
            await super().handle_stream_cancelled(thread, pending_items, context)


def concierge() -> Agent[AgentContext[Guest]]:
    model = LitellmModel(
        model=os.environ["CONCIERGE_MODEL"], api_key=os.environ.get("CONCIERGE_API_KEY")
    )
    return Agent[AgentContext[Guest]](
        name="Concierge",
        instructions="You look after the guests of a small hotel. Be brief and kind.",
        model=model,
    )


def guest(request: Request) -> Guest:
    room: Any = request.session.get("room")
    if not isinstance(room, str) or not room:
        raise HTTPException(status_code=401, detail="Please check in first.")
    return Guest(room=room)


def create_app(store: Store[Guest]) -> FastAPI:
    app = FastAPI()
    server = ConciergeServer(store, concierge())

    @app.post("/chatkit")
    async def chatkit(request: Request, who: Annotated[Guest, Depends(guest)]) -> Response:
        result = await server.process(await request.body(), who)
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream", headers=EVENT_STREAM)
        return Response(content=result.json, media_type="application/json")

    return app
