"""IT help desk over ChatKit. The model is whatever LiteLLM is pointed at, so the provider's item ids are not ours."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from agents import Agent, RunContextWrapper, Runner, TResponseInputItem, function_tool
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageItem,
    ClientToolCallItem,
    ProgressUpdateEvent,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
    UserMessageTextContent,
)
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from openai.types.responses import EasyInputMessageParam, ResponseInputTextParam
from pydantic_settings import BaseSettings

from helpdesk.persistence import open_store
from helpdesk.tickets import search_tickets

log = logging.getLogger("helpdesk")
HISTORY = 40


class Settings(BaseSettings):
    model: str
    model_api_key: str
    session_public_key: str
    session_audience: str
    database_url: str


@dataclass(frozen=True)
class DeskContext:
    employee: str
    groups: frozenset[str]


Desk = AgentContext[DeskContext]


@function_tool
async def find_tickets(ctx: RunContextWrapper[Desk], words: str) -> str:
    """Look through the employee's own tickets."""
    await ctx.context.stream(ProgressUpdateEvent(icon="search", text="Looking through your tickets"))
    tickets = await search_tickets(words, owner=ctx.context.request_context.employee)
    return "\n".join(f"{ticket.number}: {ticket.summary} ({ticket.state})" for ticket in tickets) or "none"


class ChatCompletionsConverter(ThreadItemConverter):
    async def assistant_message_to_input(self, item: AssistantMessageItem) -> TResponseInputItem:
        text = "".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"{tag.text} is the asset with id {tag.id}")


async def with_own_ids(
    events: AsyncIterator[ThreadStreamEvent], new_id: Callable[[StoreItemType], str]
) -> AsyncIterator[ThreadStreamEvent]:
    """Chat Completions gives every message `__fake_id__`: each item gets its own id from added until done."""
    open_ids: dict[str, str] = {}
    async for event in events:
        match event:
            case ThreadItemAddedEvent(item=AssistantMessageItem() as item):
                open_ids[item.id] = new_id("message")
                yield ThreadItemAddedEvent(item=item.model_copy(update={"id": open_ids[item.id]}))
            case ThreadItemUpdatedEvent(item_id=item_id):
                yield ThreadItemUpdatedEvent(item_id=open_ids.get(item_id, item_id), update=event.update)
            case ThreadItemDoneEvent(item=AssistantMessageItem() as item):
                own = open_ids.pop(item.id, None) or new_id("message")
                yield ThreadItemDoneEvent(item=item.model_copy(update={"id": own}))
            case ThreadItemDoneEvent(item=ClientToolCallItem() as item):
                yield ThreadItemDoneEvent(item=item.model_copy(update={"id": new_id("tool_call")}))
            case _:
                yield event


class HelpDeskServer(ChatKitServer[DeskContext]):
    def __init__(self, store: Store[DeskContext], settings: Settings) -> None:
        super().__init__(store)
        model = LitellmModel(model=settings.model, api_key=settings.model_api_key)
        self.agent = Agent[Desk](
            name="Help desk",
            instructions="Help colleagues with their computers. Check their tickets before opening another.",
            tools=[find_tickets],
            model=model,
        )
        self.titler = Agent[DeskContext](
            name="Titles", instructions="Answer with a title of at most five words for this request.", model=model
        )
        self.converter = ChatCompletionsConverter()
        self._background: set[asyncio.Task[None]] = set()

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: DeskContext
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = Desk(thread=thread, store=self.store, request_context=context)
        history = await self._recent(thread.id, context)
        result = Runner.run_streamed(
            self.agent, await self.converter.to_agent_input(history), context=agent_context
        )
        async for event in with_own_ids(stream_agent_response(agent_context, result), agent_context.generate_id):
            yield event
        if thread.title is None and input_user_message is not None:
            self._later(self._give_title(thread.id, input_user_message, context))

    async def _recent(self, thread_id: str, context: DeskContext) -> list[ThreadItem]:
        newest = await self.store.load_thread_items(thread_id, None, HISTORY, "desc", context)
        return list(reversed(newest.data))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _give_title(self, thread_id: str, message: UserMessageItem, context: DeskContext) -> None:
        words = " ".join(part.text for part in message.content if isinstance(part, UserMessageTextContent))
        try:
            result = await Runner.run(self.titler, words, context=context)
            current = await self.store.load_thread(thread_id, context)
            if current.title is None:
                current.title = str(result.final_output).strip()[:80]
                await self.store.save_thread(current, context)
        except NotFoundError:
            log.info("thread %s went away before it had a title", thread_id)
        except Exception:
            log.exception("no title for thread %s", thread_id)


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers(
            {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no", **(headers or {})}
        )


settings = Settings()
app = FastAPI()
server = HelpDeskServer(open_store(settings.database_url), settings)


def signed_in(authorization: Annotated[str, Header()]) -> DeskContext:
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            settings.session_public_key,
            algorithms=["RS256"],
            audience=settings.session_audience,
        )
    except jwt.InvalidTokenError:
        raise HTTPException(401, "sign in again") from None
    return DeskContext(employee=claims["sub"], groups=frozenset(claims.get("groups", ())))


@app.post("/helpdesk/chatkit")
async def chatkit(request: Request, context: Annotated[DeskContext, Depends(signed_in)]) -> Response:
    try:
        result = await server.process(await request.body(), context)
    except NotFoundError:
        return JSONResponse({"detail": "no such conversation"}, status_code=404)
    if isinstance(result, StreamingResult):
        return EventStream(result)
    return Response(result.json, media_type="application/json")
