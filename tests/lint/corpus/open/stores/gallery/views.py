from collections.abc import AsyncIterator

from agents import Agent, Runner
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, NonStreamingResult
from chatkit.types import Attachment, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views import View
from openai.types.responses import ResponseInputTextParam

from .store import MuseumStore, Visitor


class SnapshotConverter(ThreadItemConverter):
    async def attachment_to_message_content(self, attachment: Attachment) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"The visitor took a picture: {attachment.name}")


class GuideServer(ChatKitServer[Visitor]):
    guide: Agent[AgentContext[Visitor]] = Agent(name="Guide", instructions="Lead the visitor through the museum.")

    def __init__(self) -> None:
        super().__init__(store=MuseumStore())

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Visitor
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, after=None, limit=20, order="desc", context=context)
        items = list(reversed(page.data))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            self.guide, await SnapshotConverter().to_agent_input(items), context=agent_context
        )
        async for event in stream_agent_response(agent_context, result):
            yield event


class ChatView(View):
    server = GuideServer()

    async def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            ticket = TimestampSigner(salt="ticket").unsign(request.COOKIES["ticket"], max_age=86_400)
        except (KeyError, BadSignature):
            return HttpResponseForbidden()
        result = await self.server.process(request.body, Visitor(ticket=ticket))
        if isinstance(result, NonStreamingResult):
            return HttpResponse(result.json, content_type="application/json")
        response = StreamingHttpResponse(result, content_type="text/event-stream")  # CKF307
        response.headers["Cache-Control"] = "no-cache"
        return response
