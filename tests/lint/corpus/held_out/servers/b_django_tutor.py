"""Maths tutor, mounted in the school's Django site as one async view."""

import logging
from collections.abc import AsyncIterator
from functools import lru_cache

from agents import Agent, Runner
from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    ErrorEvent,
    ProgressUpdateEvent,
    StreamOptions,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from classroom.chat_store import DjangoThreadStore

logger = logging.getLogger(__name__)

CONTEXT_ITEMS = 30
INSTRUCTIONS = """You are a patient maths tutor for pupils of 12 to 16.
Never give the final result at once: ask for the next step first."""


class Pupil(BaseModel):
    student_id: str
    school: str


tutor = Agent[AgentContext[Pupil]](
    name="Maths tutor",
    instructions=INSTRUCTIONS,
    model=settings.TUTOR_MODEL,
)


def first_words(message: UserMessageItem, words: int = 6) -> str:
    texts = [part.text for part in message.content if isinstance(part, UserMessageTextContent)]
    return " ".join(" ".join(texts).split()[:words])


class TutorServer(ChatKitServer[Pupil]):
    def __init__(self, store: Store[Pupil], model_name: str) -> None:
        super().__init__(store)
        self.model_name = model_name

    def get_stream_options(self, thread: ThreadMetadata, context: Pupil) -> StreamOptions:
        return StreamOptions(allow_cancel=True)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Pupil,
    ) -> AsyncIterator[ThreadStreamEvent]:
        yield ProgressUpdateEvent(text="Thinking about your question...")

        await self._name_thread(thread, input_user_message, context)

        history = await self.store.load_thread_items(
            thread.id, after=None, limit=CONTEXT_ITEMS, order="asc", context=context  # CKF302
        )
        agent_context = AgentContext[Pupil](
            thread=thread, store=self.store, request_context=context
        )
        try:
            result = Runner.run_streamed(
                tutor,
                await simple_to_agent_input(history.data),
                context=agent_context,
                max_turns=6,
            )
            async for event in stream_agent_response(agent_context, result):
                yield event
        except Exception as exc:
            logger.exception("tutor run failed in thread %s", thread.id)
            yield ErrorEvent(message=f"The tutor stopped: {exc}", allow_retry=True)  # CKF312

    async def _name_thread(
        self,
        thread: ThreadMetadata,
        message: UserMessageItem | None,
        context: Pupil,
    ) -> None:
        if thread.title is not None or message is None:
            return
        current = await self.store.load_thread(thread.id, context=context)
        thread.title = current.title or first_words(message) or "Maths"


@lru_cache(maxsize=1)
def get_server() -> TutorServer:
    return TutorServer(DjangoThreadStore(using="chat"), settings.TUTOR_MODEL)


def pupil_of(request: HttpRequest) -> Pupil | None:
    """The school portal's page puts the pupil's number into a header of each fetch()."""
    student_id = request.headers.get("X-Student-Id")  # CKF403
    if not student_id:
        return None
    return Pupil(student_id=student_id, school=settings.SCHOOL_CODE)


@csrf_exempt
async def chatkit_view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    pupil = pupil_of(request)
    if pupil is None:
        return JsonResponse({"error": "unknown pupil"}, status=401)

    result = await get_server().process(request.body, pupil)
    if isinstance(result, StreamingResult):
        response = StreamingHttpResponse(result, content_type="text/event-stream")  # CKF307
        response["Cache-Control"] = "no-cache"
        return response
    return HttpResponse(result.json, content_type="application/json")


urlpatterns = [path("api/tutor/chat", chatkit_view, name="tutor-chat")]
