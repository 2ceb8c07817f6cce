"""Chat assistant of the listings site: searches flats and keeps a note of what the visitor wants."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    ErrorEvent,
    NoticeEvent,
    ProgressUpdateEvent,
    StreamOptions,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic_settings import BaseSettings

from listings.search import ListingSearch
from listings.storage import ListingChatStore

logger = logging.getLogger("listings.chat")


class Settings(BaseSettings):
    database_url: str
    search_url: str
    chat_model: str = "gpt-4.1"
    history_items: int = 30


@dataclass(frozen=True)
class VisitorContext:
    user_id: str
    search: ListingSearch


ChatContext = AgentContext[VisitorContext]


@function_tool
async def search_flats(ctx: RunContextWrapper[ChatContext], city: str, rooms: int, max_rent: int) -> str:
    """Search flats for rent.

    Args:
        city: Name of the city.
        rooms: Least number of rooms.
        max_rent: Highest rent per month, in euros.
    """
    await ctx.context.stream(ProgressUpdateEvent(icon="search", text=f"Searching flats in {city}"))
    found = await ctx.context.request_context.search.flats(city=city, rooms=rooms, max_rent=max_rent)
    if not found:
        return "No flats match."
    return "\n".join(f"{flat.address}: {flat.rooms} rooms, {flat.rent} EUR, {flat.url}" for flat in found[:10])


@function_tool
async def remember_wish(ctx: RunContextWrapper[ChatContext], wish: str) -> str:
    """Remember what the visitor is looking for."""
    wishes = ctx.context.thread.metadata.get("wishes", [])
    ctx.context.thread.metadata["wishes"] = [*wishes, wish]
    return "noted"


def first_words(message: UserMessageItem, count: int = 7) -> str:
    text = " ".join(part.text for part in message.content if isinstance(part, UserMessageTextContent))
    return " ".join(text.split()[:count])


class ListingsServer(ChatKitServer[VisitorContext]):
    def __init__(self, store: Store[VisitorContext], settings: Settings) -> None:
        super().__init__(store)
        self.settings = settings
        self.converter = ThreadItemConverter()
        self.agent = Agent[ChatContext](
            name="Listings",
            model=settings.chat_model,
            instructions="You help people to find a flat. Never invent listings, only show what the search returns.",
            tools=[search_flats, remember_wish],
        )

    def get_stream_options(self, thread: ThreadMetadata, context: VisitorContext) -> StreamOptions:
        return StreamOptions(allow_cancel=True)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: VisitorContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if thread.status.type == "locked":
            yield NoticeEvent(level="info", message="This conversation was handed over to an agent.")
            return

        history = await self.store.load_thread_items(  # CKF302
            thread.id,
            after=None,
            limit=self.settings.history_items,
            order="asc",
            context=context,
        )
        agent_context = ChatContext(thread=thread, store=self.store, request_context=context)
        try:
            result = Runner.run_streamed(self.agent, await self.converter.to_agent_input(history.data))  # CKF305
            async for event in stream_agent_response(agent_context, result):
                yield event
        except Exception as exc:
            logger.exception("run failed in thread %s", thread.id)
            yield ErrorEvent(message=f"Something went wrong: {exc}", allow_retry=True)  # CKF312
            return

        if input_user_message is not None and thread.title is None:
            stored = await self.store.load_thread(thread.id, context)
            thread.title = stored.title or first_words(input_user_message)


settings = Settings()
search = ListingSearch(settings.search_url)
server = ListingsServer(ListingChatStore(settings.database_url), settings)
app = FastAPI(title="listings chat")


def visitor(user_id: Annotated[str, Header(alias="X-User-Id")]) -> VisitorContext:  # CKF403
    """The page's script reads the id from local storage and sends it with each fetch()."""
    return VisitorContext(user_id=user_id, search=search)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/chatkit")
async def chatkit_endpoint(request: Request, context: Annotated[VisitorContext, Depends(visitor)]) -> Response:
    try:
        result = await server.process(await request.body(), context)
    except NotFoundError:
        return JSONResponse({"error": "not_found"}, status_code=404)
    if isinstance(result, StreamingResult):
        return StreamingResponse(  # CKF307
            result,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache"},
        )
    return Response(content=result.json, media_type="application/json")
