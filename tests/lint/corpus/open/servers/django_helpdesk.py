"""Help desk chat as a Django view (ASGI)."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import jwt
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    InferenceOptions,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageContent,
    UserMessageItem,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)

JWT_SECRET = "h3lpd3sk-2024-pRod-9f8a7c6e5d"  # CKF402

Context = dict[str, Any]


@function_tool
async def my_language(ctx: RunContextWrapper[AgentContext[Context]]) -> str:
    """Tell which language the user reads."""
    return ctx.context.request_context["language"]


class HelpdeskServer(ChatKitServer):  # CKF108
    def __init__(self, tickets: Store[Context], model: str) -> None:
        super().__init__()  # CKF301
        self.tickets = tickets
        self.converter = ThreadItemConverter()
        self.agent = Agent[AgentContext[Context]](
            name="Help desk",
            instructions="Solve the user's problem, in the user's language.",
            model=model,
            tools=[my_language],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Context,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if thread.status.type == "closed":
            async for event in self._say(thread, "This ticket is closed.", context):
                yield event
            return
        page = await self.store.load_thread_items(thread.id, None, 30, "desc", context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(  # CKF305
            self.agent,
            await self.converter.to_agent_input(list(reversed(page.data))),
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def _say(
        self, thread: ThreadMetadata, text: str, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer with a fixed text, streamed word by word like the others."""
        item = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[AssistantMessageContent(text="")],
        )
        yield ThreadItemAddedEvent(item=item)
        for word in text.split():
            yield AssistantMessageContentPartTextDelta(content_index=0, delta=f"{word} ")  # CKF311
        item = item.model_copy(update={"content": [AssistantMessageContent(text=text)]})
        yield ThreadItemDoneEvent(item=item)

    async def handle_stream_cancelled(self, thread: ThreadMetadata, context: Context) -> None:  # CKF310
        logger.info("the user stopped the answer in %s", thread.id)

    async def import_mail(self, thread: ThreadMetadata, mail: str, context: Context) -> None:
        """Put a mail that the user sent us into the thread of its ticket."""
        message = UserMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[UserMessageContent(type="input_text", text=mail)],  # CKF104
            inference_options=InferenceOptions(),
        )
        await self.store.add_thread_item(thread.id, message, context)


_server: HelpdeskServer | None = None


def get_server() -> HelpdeskServer:
    global _server
    if _server is None:
        store = import_string(settings.HELPDESK_STORE)()
        _server = HelpdeskServer(store, settings.HELPDESK_MODEL)
    return _server


def is_signed_in(request: HttpRequest) -> bool:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        jwt.decode(token, JWT_SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return False
    return True


@csrf_exempt
async def chatkit(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    if not is_signed_in(request):
        return JsonResponse({"error": "unauthorized"}, status=401)
    body = json.loads(request.body)
    context: Context = {
        "user_id": body["metadata"]["user_id"],  # CKF403
        "language": request.headers.get("Accept-Language", "en"),
    }
    try:
        result = await get_server().process(request.body, context)
    except NotFoundError:
        return JsonResponse({"error": "not found"}, status=404)
    if isinstance(result, StreamingResult):
        response = StreamingHttpResponse(result, content_type="text/event-stream")  # CKF307
        response["Cache-Control"] = "no-cache"
        return response
    return HttpResponse(result.json, content_type="application/json")
