"""Travel concierge chat (FastAPI). Trips, hotel suggestions and a rebooking action."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import httpx
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.actions import Action
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ProgressUpdateEvent,
    TaskItem,
    CustomTask,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic_settings import BaseSettings
from travelbase.chat import SqlChatStore

logger = logging.getLogger("concierge")


class ConciergeSettings(BaseSettings):
    database_url: str
    session_secret: str
    booking_api_url: str
    booking_api_token: str
    openai_model: str
    history_limit: int = 30


settings = ConciergeSettings()  # type: ignore[call-arg]


@dataclass(frozen=True)
class Traveller:
    traveller_id: str
    booking: httpx.AsyncClient


ConciergeContext = AgentContext[Traveller]


@function_tool
async def upcoming_trips(ctx: RunContextWrapper[ConciergeContext]) -> str:
    """List the traveller's upcoming trips."""
    await ctx.context.stream(ProgressUpdateEvent(icon="suitcase", text="Checking your trips"))
    traveller = ctx.context.request_context
    reply = await traveller.booking.get("/trips", params={"traveller": traveller.traveller_id})
    reply.raise_for_status()
    return reply.text


@function_tool
async def note_preference(ctx: RunContextWrapper[ConciergeContext], preference: str) -> str:
    """Remember something the traveller likes."""
    run = ctx.context
    await run.stream(
        ThreadItemDoneEvent(
            item=TaskItem(
                id=run.generate_id("task"),
                thread_id=run.thread.id,
                created_at=datetime.now(),
                task=CustomTask(
                    title="Preference saved",
                    content=preference,
                    icon="check",
                    status_indicator="completed",  # CKF107
                ),
            )
        )
    )
    return "noted"


async def load_history(
    store: Store[Traveller],
    thread_id: str,
    context: Traveller,
    limit: int = settings.history_limit,
    order: str = "asc",
) -> list[ThreadItem]:
    """The part of the conversation that fits into the prompt."""
    page = await store.load_thread_items(thread_id, None, limit, order, context)  # CKF302
    return page.data


class ConciergeServer(ChatKitServer[Traveller]):
    def __init__(self, store: Store[Traveller]) -> None:
        super().__init__(store)
        self.concierge: Agent[ConciergeContext] = Agent(
            name="concierge",
            instructions="You are a friendly travel concierge. Use the tools for facts.",
            model=ConciergeSettings.openai_model,  # CKF112
            tools=[upcoming_trips, note_preference],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Traveller,
    ) -> AsyncIterator[ThreadStreamEvent]:
        history = await load_history(self.store, thread.id, context)
        if thread.title is None:
            thread.title = self._title_from(history)

        run = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            self.concierge, await simple_to_agent_input(history), context=run
        )
        async for event in stream_agent_response(run, result):
            yield event

    def _title_from(self, history: list[ThreadItem]) -> str | None:
        for item in history:
            if item.content:  # CKF110
                return str(item.content[0].text)[:60]
        return None

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Traveller,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if action.type != "trip.rebook":
            return
        payload: dict[str, Any] = action.payload or {}
        try:
            reply = await context.booking.post(
                "/rebook",
                json={"traveller": context.traveller_id, "trip": payload.get("trip_id")},
            )
            reply.raise_for_status()
        except httpx.HTTPError as err:
            logger.exception("rebooking failed")
            reason = f"We could not rebook your trip ({err})"
            raise CustomStreamError(reason, allow_retry=True) from err  # CKF312
        yield ThreadItemDoneEvent(
            item=AssistantMessageItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content=[AssistantMessageContent(text="Done, your trip has been rebooked.")],
            )
        )


_sessions = URLSafeTimedSerializer(settings.session_secret, salt="concierge-session")
_booking = httpx.AsyncClient(
    base_url=settings.booking_api_url,
    headers={"Authorization": f"Bearer {settings.booking_api_token}"},
)
_server = ConciergeServer(SqlChatStore(settings.database_url))

router = APIRouter(prefix="/concierge")


async def traveller_from_cookie(request: Request) -> Traveller:
    cookie = request.cookies.get("concierge_session", "")
    try:
        session: dict[str, str] = _sessions.loads(cookie, max_age=8 * 3600)
    except BadSignature:
        raise HTTPException(401, "Please sign in again") from None
    return Traveller(traveller_id=session["traveller_id"], booking=_booking)


@router.post("/chatkit")
async def chatkit(
    request: Request, traveller: Annotated[Traveller, Depends(traveller_from_cookie)]
) -> Response:
    try:
        result = await _server.process(await request.body(), traveller)
    except NotFoundError:
        return JSONResponse({"error": "not found"}, status_code=404)
    if isinstance(result, StreamingResult):
        return StreamingResponse(  # CKF307
            result,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "Connection": "keep-alive"},
        )
    return Response(content=result.json, media_type="application/json")


app = FastAPI(title="Concierge")
app.include_router(router)
