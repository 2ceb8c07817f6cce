"""Assistant of the legal-aid casework tool.

The model (Anthropic through LiteLLM) has a modest context, threads can be years old, and caseworkers
paste whole letters. So the history is built here and not with a fixed number of items: we walk back
from the newest item until a budget of characters is used up.
"""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import anyio
import jwt
from agents import Agent, Runner, TResponseInputItem
from agents.extensions.models.litellm_model import LitellmModel
from agents.models.fake_id import FAKE_RESPONSES_ID
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store, StoreItemType
from chatkit.types import (
    AssistantMessageItem,
    HiddenContextItem,
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
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from openai.types.responses import EasyInputMessageParam, ResponseInputTextParam
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

logger = logging.getLogger(__name__)


class Settings(BaseSettings):
    """Read from the environment (CASEWORK_...)."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_")

    model: str
    model_key: SecretStr
    session_key: SecretStr
    history_chars: int = 24_000


@dataclass(frozen=True)
class CaseContext:
    """The verified caseworker."""

    worker_id: str


class CaseConverter(ThreadItemConverter):
    """Conversions the SDK leaves to the application, plus one that Chat Completions needs."""

    async def tag_to_message_content(
        self, tag: UserMessageTagContent
    ) -> ResponseInputTextParam:
        return ResponseInputTextParam(
            type="input_text", text=f"Case reference {tag.text} (id {tag.id})"
        )

    async def hidden_context_to_input(self, item: HiddenContextItem) -> TResponseInputItem:
        return EasyInputMessageParam(
            type="message", role="user", content=f"[internal note] {item.content}"
        )

    async def assistant_message_to_input(self, item: AssistantMessageItem) -> TResponseInputItem:
        # A plain string: content parts of an assistant message are refused by this kind of model.
        text = "\n".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


def weight(item: ThreadItem) -> int:
    """Roughly how many characters an item costs the model."""
    match item:
        case UserMessageItem():
            typed = sum(
                len(part.text) for part in item.content if isinstance(part, UserMessageTextContent)
            )
            return typed + len(item.quoted_text or "")
        case AssistantMessageItem():
            return sum(len(part.text) for part in item.content)
        case _:
            return 200


@dataclass
class HistoryBuilder:
    """Collects the newest items that fit, and hands them over in the order they were said."""

    store: Store[CaseContext]
    budget: int
    page_size: int = 25

    async def build(self, thread_id: str, context: CaseContext) -> list[ThreadItem]:
        newest_first: list[ThreadItem] = []
        left = self.budget
        after: str | None = None
        while True:
            page = await self.store.load_thread_items(
                thread_id, after, self.page_size, "desc", context
            )
            for item in page.data:
                left -= weight(item)
                if left < 0 and newest_first:
                    return newest_first[::-1]
                newest_first.append(item)
            if not page.has_more or page.after is None:
                return newest_first[::-1]
            after = page.after


async def own_ids(
    events: AsyncIterator[ThreadStreamEvent], mint: Callable[[StoreItemType], str]
) -> AsyncIterator[ThreadStreamEvent]:
    """Give each item of the model an id of ours.

    Chat Completions has no item ids, so the Agents SDK calls them all FAKE_RESPONSES_ID. A new
    `added` opens a new id, updates follow it, `done` closes it again.
    """
    current: str | None = None
    async for event in events:
        if isinstance(event, ThreadItemAddedEvent) and event.item.id == FAKE_RESPONSES_ID:
            current = mint("message")
            yield ThreadItemAddedEvent(item=event.item.model_copy(update={"id": current}))
        elif isinstance(event, ThreadItemUpdatedEvent) and event.item_id == FAKE_RESPONSES_ID:
            if current is not None:
                yield event.model_copy(update={"item_id": current})
        elif isinstance(event, ThreadItemDoneEvent) and event.item.id == FAKE_RESPONSES_ID:
            final = current or mint("message")
            current = None
            yield ThreadItemDoneEvent(item=event.item.model_copy(update={"id": final}))
        else:
            yield event


class CaseworkServer(ChatKitServer[CaseContext]):
    """Answers one thread at a time; has no attachments (the upload button is switched off)."""

    def __init__(self, store: Store[CaseContext], settings: Settings) -> None:
        super().__init__(store)
        self._history = HistoryBuilder(store, settings.history_chars)
        self._converter = CaseConverter()
        self._agent: Agent[AgentContext[CaseContext]] = Agent(
            name="Casework assistant",
            instructions="Help caseworkers draft letters. Never give a legal opinion.",
            model=LitellmModel(
                model=settings.model, api_key=settings.model_key.get_secret_value()
            ),
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: CaseContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        # The new message was stored before this is called: it is the last item of the history.
        items = await self._history.build(thread.id, context)
        agent_context: AgentContext[CaseContext] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        run = Runner.run_streamed(
            self._agent, await self._converter.to_agent_input(items), context=agent_context
        )
        async for event in own_ids(
            stream_agent_response(agent_context, run), agent_context.generate_id
        ):
            yield event

    async def handle_stream_cancelled(
        self,
        thread: ThreadMetadata,
        pending_items: list[ThreadItem],
        context: CaseContext,
    ) -> None:
        """Keep what was written, even though the request's own scope is being cancelled."""
        with anyio.move_on_after(5, shield=True):
            await super().handle_stream_cancelled(thread, pending_items, context)


class EventStream(StreamingResponse):
    """Server-sent events as proxies have to see them."""

    media_type = "text/event-stream"
    sse_headers: dict[str, str] = {
        "Cache-Control": "no-cache",
        "Connection": "keep-alive",
        "X-Accel-Buffering": "no",
    }

    def __init__(self, content: Any) -> None:
        super().__init__(content, headers=self.sse_headers)


def build_router(server: CaseworkServer, settings: Settings) -> APIRouter:
    """The one ChatKit endpoint."""
    router = APIRouter()
    bearer = HTTPBearer()

    def caller(
        credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    ) -> CaseContext:
        try:
            claims = jwt.decode(
                credentials.credentials,
                settings.session_key.get_secret_value(),
                algorithms=["HS256"],
                audience="casework",
            )
        except jwt.InvalidTokenError as error:
            logger.info("refused a token: %s", error)
            raise HTTPException(status_code=401, detail="Please sign in again") from None
        return CaseContext(worker_id=str(claims["sub"]))

    @router.post("/chatkit")
    async def chatkit(
        request: Request, context: Annotated[CaseContext, Depends(caller)]
    ) -> Response:
        result = await server.process(await request.body(), context)
        if isinstance(result, StreamingResult):
            return EventStream(result)
        return Response(content=result.json, media_type="application/json")

    return router
