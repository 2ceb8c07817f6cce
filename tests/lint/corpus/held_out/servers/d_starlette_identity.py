"""Chat of the library portal: Starlette with a middleware that turns the session cookie into a patron."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import ErrorEvent, ThreadItem, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from library.catalogue import Catalogue
from library.sessions import Patron, SessionRegistry
from library.throttling import Throttle

log = logging.getLogger("library.chat")


@dataclass(frozen=True)
class LibraryContext:
    branch: str = "main"
    patron_id: str = "reader"


PatronAgentContext = AgentContext[LibraryContext]


class IdentityMiddleware(BaseHTTPMiddleware):
    """Requests without a valid session end here; the others carry `request.state.patron`."""

    def __init__(self, app: ASGIApp, sessions: SessionRegistry) -> None:
        super().__init__(app)
        self._sessions = sessions

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        cookie = request.cookies.get("library_session")
        patron = await self._sessions.resolve(cookie) if cookie else None
        if patron is None:
            return JSONResponse({"error": "sign_in"}, status_code=401)
        request.state.patron = patron
        return await call_next(request)


class CatalogueTools:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def build(self) -> list[object]:
        catalogue = self._catalogue

        @function_tool
        async def find_titles(ctx: RunContextWrapper[PatronAgentContext], words: str) -> list[str]:
            """Titles of the patron's branch that match the words."""
            branch = ctx.context.request_context.branch
            return await catalogue.search(branch, words, limit=10)

        return [find_titles]


class LibraryServer(ChatKitServer[LibraryContext]):
    def __init__(self, store: Store[LibraryContext], librarian: Agent[PatronAgentContext], window: int = 50) -> None:
        super().__init__(store=store)
        self._librarian = librarian
        self._window = window

    async def _history(self, thread: ThreadMetadata, context: LibraryContext) -> list[ThreadItem]:
        page = await self.store.load_thread_items(thread.id, None, self._window, "asc", context)  # CKF302
        return page.data

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: LibraryContext
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = PatronAgentContext(thread=thread, store=self.store, request_context=context)
        try:
            model_input = await simple_to_agent_input(await self._history(thread, context))
            result = Runner.run_streamed(self._librarian, model_input, context=agent_context)
            async for event in stream_agent_response(agent_context, result):
                yield event
        except Exception as error:
            log.exception("answer failed, thread=%s", thread.id)
            yield ErrorEvent(code="custom", message=f"Something went wrong: {error}", allow_retry=True)  # CKF312


def event_stream(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})  # CKF307


class ChatRoutes:
    def __init__(self, server: LibraryServer, throttle: Throttle) -> None:
        self._server = server
        self._throttle = throttle

    async def chat(self, request: Request) -> Response:
        patron: Patron = request.state.patron
        if not await self._throttle.admit(patron.id):
            return JSONResponse({"error": "slow_down"}, status_code=429)
        result = await self._server.process(await request.body(), LibraryContext())  # CKF309
        if isinstance(result, StreamingResult):
            return event_stream(result)
        return Response(result.json, media_type="application/json")


def create_app(
    store: Store[LibraryContext],
    sessions: SessionRegistry,
    catalogue: Catalogue,
    throttle: Throttle,
    model: str,
) -> Starlette:
    librarian = Agent[PatronAgentContext](
        name="Librarian",
        model=model,
        instructions="Help the patron to find something to read. Recommend only titles that the tool returns.",
        tools=CatalogueTools(catalogue).build(),
    )
    routes = ChatRoutes(LibraryServer(store, librarian), throttle)
    return Starlette(
        routes=[Route("/chatkit", routes.chat, methods=["POST"])],
        middleware=[Middleware(IdentityMiddleware, sessions=sessions)],
    )
