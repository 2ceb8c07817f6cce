"""Reference desk of the city library on Starlette."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents import Agent, Runner
from openai.types.responses import EasyInputMessageParam
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    ErrorEvent,
    NoticeEvent,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)

from library.auth import CardBackend
from library.catalogue import ClosedForInventory, ensure_open

logger = logging.getLogger(__name__)

KEEP = 30


@dataclass
class ReaderContext:
    card_number: str
    branch: str


librarian = Agent[AgentContext[ReaderContext]](
    name="Librarian",
    instructions="Help readers find books and tell them the shelf mark.",
    model="gpt-4.1-mini",
)


class ReferenceDesk(ChatKitServer[ReaderContext]):
    def __init__(self, store: Store[ReaderContext], branch_hours: dict[str, str]) -> None:  # CKF301
        self.store = store
        self.branch_hours = branch_hours

    async def _last_items(self, thread_id: str, context: ReaderContext) -> list[ThreadItem]:
        page = await self.store.load_thread_items(thread_id, None, KEEP, "desc", context)
        page.data.reverse()
        return page.data

    @staticmethod
    def _question(message: UserMessageItem) -> str:
        return "".join(part.text for part in message.content if isinstance(part, UserMessageTextContent))

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: ReaderContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        try:
            await ensure_open(context.branch)
        except ClosedForInventory:
            hours = self.branch_hours.get(context.branch, "tomorrow")
            yield NoticeEvent(level="error", message=f"Closed for inventory, back {hours}.")  # CKF107
            return

        model_input = await simple_to_agent_input(await self._last_items(thread.id, context))
        if input_user_message is not None:
            question = self._question(input_user_message)
            model_input.append(EasyInputMessageParam(role="user", content=question))  # CKF303

        desk_context = AgentContext[ReaderContext](thread=thread, store=self.store, request_context=context)
        try:
            result = Runner.run_streamed(librarian, model_input)  # CKF305
            async for event in stream_agent_response(desk_context, result):
                yield event
        except Exception as exc:
            logger.exception("reply failed in thread %s", thread.id)
            yield ErrorEvent(message=f"The librarian could not answer: {exc}", allow_retry=True)  # CKF312


@requires("authenticated")
async def chatkit_endpoint(request: Request) -> Response:
    desk: ReferenceDesk = request.app.state.desk
    reader = ReaderContext(card_number=request.user.card_number, branch=request.user.home_branch)
    result = await desk.process(await request.body(), reader)
    if isinstance(result, StreamingResult):
        return StreamingResponse(  # CKF307
            result, media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
        )
    return Response(result.json, media_type="application/json")


def create_app(store: Store[ReaderContext], branch_hours: dict[str, str]) -> Starlette:
    app = Starlette(
        routes=[Route("/chatkit", chatkit_endpoint, methods=["POST"])],
        middleware=[Middleware(AuthenticationMiddleware, backend=CardBackend())],
    )
    app.state.desk = ReferenceDesk(store, branch_hours)
    return app
