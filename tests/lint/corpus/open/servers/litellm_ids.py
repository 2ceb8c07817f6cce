"""Any model through LiteLLM: its items all come with one id, so each gets one of its own here."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from agents import Agent, Runner, TResponseInputItem
from agents.extensions.models.litellm_model import LitellmModel
from agents.models.fake_id import FAKE_RESPONSES_ID
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai.types.responses import EasyInputMessageParam
from pydantic import BaseModel

logger = logging.getLogger(__name__)

STORE_KINDS: dict[str, StoreItemType] = {
    "assistant_message": "message",
    "client_tool_call": "tool_call",
    "workflow": "workflow",
    "task": "task",
}


class Caller(BaseModel):
    user_id: str


class PlainTextConverter(ThreadItemConverter):
    """Chat Completions know no output_text parts: an earlier answer is sent as one string."""

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        text = "\n".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


async def own_ids(
    events: AsyncIterator[ThreadStreamEvent], new_id: Callable[[ThreadItem], str]
) -> AsyncIterator[ThreadStreamEvent]:
    """Give each item an id of its own, from its first event to its last.

    A new `added` starts a new id even where an earlier item had the same one from the provider,
    `done` ends it, and an item that is only ever done gets a fresh one as well.
    """
    current: str | None = None
    async for event in events:
        match event:
            case ThreadItemAddedEvent(item=item) if item.id == FAKE_RESPONSES_ID:
                current = new_id(item)
                yield ThreadItemAddedEvent(item=item.model_copy(update={"id": current}))
            case ThreadItemDoneEvent(item=item) if item.id == FAKE_RESPONSES_ID:
                yield ThreadItemDoneEvent(
                    item=item.model_copy(update={"id": current or new_id(item)})
                )
                current = None
            case ThreadItemUpdatedEvent(item_id=str(item_id)) if item_id == FAKE_RESPONSES_ID:
                if current is not None:
                    yield event.model_copy(update={"item_id": current})
            case ThreadItemRemovedEvent(item_id=str(item_id)) if item_id == FAKE_RESPONSES_ID:
                if current is not None:
                    yield ThreadItemRemovedEvent(item_id=current)
                current = None
            case _:
                yield event


class LiteLLMServer(ChatKitServer[Caller]):
    def __init__(self, store: Store[Caller], **options: Any) -> None:
        super().__init__(store, **options)
        self.converter = PlainTextConverter()
        self.agent = Agent[AgentContext[Caller]](
            name="Assistant",
            instructions="Be helpful.",
            model=LitellmModel(
                model=os.environ["LITELLM_MODEL"], api_key=os.environ["LITELLM_API_KEY"]
            ),
        )

    def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Caller,
    ) -> AsyncIterator[ThreadStreamEvent]:
        def new_id(item: ThreadItem) -> str:
            return self.store.generate_item_id(
                STORE_KINDS.get(item.type, "message"), thread, context
            )

        return own_ids(self._run(thread, context), new_id)

    async def _run(
        self, thread: ThreadMetadata, context: Caller
    ) -> AsyncIterator[ThreadStreamEvent]:
        items: list[ThreadItem] = []
        after: str | None = None
        while len(items) < 60:
            page = await self.store.load_thread_items(thread.id, after, 20, "desc", context)
            items.extend(page.data)
            if not page.has_more:
                break
            after = page.after
        items.reverse()
        agent_context = AgentContext[Caller](
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(
            self.agent,
            await self.converter.to_agent_input(items),
            context=agent_context,
            max_turns=12,
        )
        async for event in stream_agent_response(agent_context, result):
            yield event


def signed_in(request: Request) -> Caller:
    user_id = request.session.get("user_id")
    if not isinstance(user_id, str):
        raise HTTPException(401)
    return Caller(user_id=user_id)


def chat_router(server: LiteLLMServer) -> APIRouter:
    router = APIRouter()

    @router.post("/chatkit")
    async def chatkit(
        request: Request, caller: Annotated[Caller, Depends(signed_in)]
    ) -> Response:
        try:
            result = await server.process(await request.body(), caller)
            if not isinstance(result, StreamingResult):
                return Response(result.json, media_type="application/json")
            stream = aiter(result)
            head = await anext(stream)
        except NotFoundError:
            raise HTTPException(404, "There is no such conversation.") from None

        async def body() -> AsyncIterator[bytes]:
            yield head
            async for chunk in stream:
                yield chunk

        response = StreamingResponse(body(), media_type="text/event-stream")
        response.headers.update(
            {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
        )
        return response

    return router
