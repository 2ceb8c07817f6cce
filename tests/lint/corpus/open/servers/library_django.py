"""A library's reading companion, served by an asynchronous Django view."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Any

from agents import Agent, Runner
from asgiref.sync import sync_to_async
from chatkit.actions import Action
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ErrorEvent,
    FeedbackKind,
    HiddenContextItem,
    InferenceOptions,
    NoticeEvent,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_POST
from pydantic import BaseModel

logger = logging.getLogger("library")

STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
STREAM_HEADERS |= {"Connection": "keep-alive"}


class Borrower(BaseModel):
    card: str


class QuietServer(ChatKitServer[Borrower]):
    """What the library's servers share: whatever goes wrong is logged, and said kindly."""

    async def guarded(
        self, events: AsyncIterator[ThreadStreamEvent]
    ) -> AsyncIterator[ThreadStreamEvent]:
        try:
            async for event in events:
                yield event
        except NotFoundError:
            yield ErrorEvent(message="This conversation is gone.", allow_retry=False)
        except Exception:
            logger.exception("a reply broke off")
            yield ErrorEvent(message="Something went wrong, please try again.", allow_retry=True)


class CompanionServer(QuietServer):
    def __init__(
        self,
        store: Store[Borrower],
        agent: Agent[AgentContext[Borrower]],
        remember: Callable[[str, str, FeedbackKind], None],
    ) -> None:
        super().__init__(store)
        self.agent = agent
        self._remember = sync_to_async(remember)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Borrower,
    ) -> AsyncIterator[ThreadStreamEvent]:
        answer = self.opening_hours if self._asks_for_hours(input_user_message) else self.converse
        async for event in self.guarded(answer(thread, context)):
            yield event

    @staticmethod
    def _asks_for_hours(message: UserMessageItem | None) -> bool:
        if message is None:
            return False
        texts = [p.text for p in message.content if isinstance(p, UserMessageTextContent)]
        return any(text.strip().lower() == "when are you open?" for text in texts)

    async def converse(
        self, thread: ThreadMetadata, context: Borrower
    ) -> AsyncIterator[ThreadStreamEvent]:
        items: list[ThreadItem] = []
        async for item in self._paginate_thread_items_reverse(thread.id, context):
            items.insert(0, item)
            if len(items) == 100:
                break
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        run = partial(Runner.run_streamed, self.agent, context=agent_context)
        async for event in stream_agent_response(
            agent_context, run(await simple_to_agent_input(items))
        ):
            yield event

    async def opening_hours(
        self, thread: ThreadMetadata, context: Borrower
    ) -> AsyncIterator[ThreadStreamEvent]:
        hours = settings.LIBRARY_OPENING_HOURS
        item = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[],
        )
        yield ThreadItemAddedEvent(item=item)
        for line in hours:
            update = AssistantMessageContentPartTextDelta(content_index=0, delta=f"{line}\n")
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        content = AssistantMessageContent(text="".join(f"{line}\n" for line in hours))
        yield ThreadItemUpdatedEvent(
            item_id=item.id,
            update=AssistantMessageContentPartDone(content_index=0, content=content),
        )
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [content]}))

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Borrower,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if action.type != "reserve":
            yield NoticeEvent(level="warning", message="That button is not in use any more.")
            return
        yield ThreadItemDoneEvent(
            item=HiddenContextItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content="The borrower has reserved the book that was shown.",
            )
        )
        async for event in self.guarded(self.converse(thread, context)):
            yield event

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Borrower
    ) -> None:
        for item_id in item_ids:
            item = await self.store.load_item(thread_id, item_id, context)
            await self._remember(context.card, item.id, feedback)

    async def ask(self, thread: ThreadMetadata, question: str, context: Borrower) -> None:
        """A question put by a librarian on the borrower's behalf."""
        await self.store.add_thread_item(
            thread.id,
            UserMessageItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content=[UserMessageTextContent(text=question)],
                inference_options=InferenceOptions(),
            ),
            context,
        )


def companion(store: Store[Borrower], remember: Callable[..., None]) -> CompanionServer:
    agent = Agent[AgentContext[Borrower]](
        name="Companion", model=settings.COMPANION_MODEL, instructions=settings.COMPANION_PROMPT
    )
    return CompanionServer(store, agent, remember)


def chatkit_view(server: CompanionServer) -> Callable[[HttpRequest], Any]:
    @require_POST
    async def view(request: HttpRequest) -> HttpResponseBase:
        user = await request.auser()
        if not user.is_authenticated:
            return HttpResponse(status=401)
        try:
            result = await server.process(request.body, Borrower(card=str(user.pk)))
        except NotFoundError:
            return HttpResponse(status=404)
        if isinstance(result, StreamingResult):
            return StreamingHttpResponse(
                result, content_type="text/event-stream", headers=STREAM_HEADERS
            )
        return HttpResponse(result.json, content_type="application/json")

    return view
