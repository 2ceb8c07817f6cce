"""ChatKit behind an async Django view, for projects whose users live in Django."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from functools import cache
from typing import Any

from agents import Agent, RunConfig, Runner
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    FeedbackKind,
    HiddenContextItem,
    StreamOptions,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger(__name__)

Context = dict[str, Any]


class HistoryMixin:
    """Loads what the model is shown of a thread."""

    store: Store[Context]
    history_size = 50

    async def newest_items(self, thread_id: str, context: Context) -> list[Any]:
        page = await self.store.load_thread_items(
            thread_id, after=None, limit=self.history_size, order="desc", context=context
        )
        items = list(page.data)
        items.reverse()
        return items


class DjangoChatServer(HistoryMixin, ChatKitServer[Context]):
    def __init__(self, store: Store[Context], *, model: str, instructions: str) -> None:
        super().__init__(store)
        self._converter = ThreadItemConverter()
        self._agent = Agent[AgentContext[Context]](
            name="Site assistant", instructions=instructions, model=model
        )

    def get_stream_options(self, thread: ThreadMetadata, context: Context) -> StreamOptions:
        return StreamOptions(allow_cancel=False)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Context,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if thread.status.type != "active":
            raise CustomStreamError("This conversation is closed.")
        history = await self.newest_items(thread.id, context)
        agent_context = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(
            self._agent,
            await self._converter.to_agent_input(history),
            context=agent_context,
            run_config=RunConfig(workflow_name="site-chat", group_id=thread.id),
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Context
    ) -> None:
        thread = await self.store.load_thread(thread_id, context)
        note = HiddenContextItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread_id,
            created_at=datetime.now(),
            content=f"The user's feedback on {', '.join(item_ids)} was {feedback}.",
        )
        await self.store.add_thread_item(thread_id, note, context)


@cache
def chat_server() -> DjangoChatServer:
    make_store = import_string(settings.CHATKIT_STORE)
    return DjangoChatServer(
        make_store(), model=settings.CHATKIT_MODEL, instructions=settings.CHATKIT_INSTRUCTIONS
    )


def event_stream(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["Connection"] = "keep-alive"
    response["X-Accel-Buffering"] = "no"
    return response


async def with_first(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for chunk in others:
            yield chunk
    except Exception:
        logger.exception("a chat stream broke off")
        error = {"type": "error", "code": "stream.error", "allow_retry": True}
        yield f"data: {json.dumps(error)}\n\n".encode()


@csrf_exempt
@require_POST
async def chatkit(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    user = await request.auser()
    if not user.is_authenticated:
        return JsonResponse({"error": "Please sign in."}, status=401)
    context: Context = {"user_id": str(user.pk)}
    try:
        result = await chat_server().process(request.body, context)
        if not isinstance(result, StreamingResult):
            return HttpResponse(result.json, content_type="application/json")
        chunks = result.__aiter__()
        first = await chunks.__anext__()
    except NotFoundError:
        return JsonResponse({"error": "There is no such conversation."}, status=404)
    except PermissionError:
        return JsonResponse({"error": "Please sign in."}, status=401)
    return event_stream(with_first(first, chunks))
