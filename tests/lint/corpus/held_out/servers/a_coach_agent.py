"""Strength coach: logs sets, shows the week as a card, answers questions about the plan."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit import widgets
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    CustomTask,
    ErrorEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    Workflow,
)
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from coach.auth import InvalidToken, verify_session
from coach.settings import get_settings
from coach.storage import CoachStore
from coach.training import TrainingLog

if TYPE_CHECKING:
    from coach.exercises import Exercise

logger = logging.getLogger(__name__)

RequestContext = dict[str, Any]
CoachContext = AgentContext[RequestContext]

HISTORY_SIZE = 30
NO_BUFFERING = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}

settings = get_settings()
training = TrainingLog(settings.database_url)


@function_tool
async def log_set(
    ctx: RunContextWrapper[CoachContext], exercise: Exercise, repetitions: int, kilograms: float  # CKF306
) -> str:
    """Log one set of an exercise."""
    member = ctx.context.request_context["member_id"]
    await training.add(member, exercise.slug, repetitions, kilograms)
    return f"logged {repetitions} x {kilograms} kg"


@function_tool
async def show_week(ctx: RunContextWrapper[CoachContext]) -> str:
    """Show this week's training to the member."""
    await ctx.context.start_workflow(Workflow(type="custom", tasks=[]))
    await ctx.context.add_workflow_task(CustomTask(title="Reading the training log", icon="calendar"))
    sessions = await training.week(ctx.context.request_context["member_id"])
    await ctx.context.end_workflow()
    rows = [widgets.Text(value=f"{session.day}: {session.volume} kg") for session in sessions]  # CKF117
    card = widgets.Card(children=[widgets.Title(value="Your week"), *rows])  # CKF117
    await ctx.context.stream_widget(card, copy_text="Your week")
    return "shown"


class CoachServer(ChatKitServer[RequestContext]):
    def __init__(self, store: Store[RequestContext], model: str) -> None:  # CKF301
        self.store = store
        self.converter = ThreadItemConverter()
        self.coach = Agent[CoachContext](
            name="Coach",
            model=model,
            instructions="You coach members of a gym. Log what they report, keep answers short.",
            tools=[log_set, show_week],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        newest = await self.store.load_thread_items(thread.id, None, HISTORY_SIZE, "desc", context)
        items = newest.data[::-1]
        agent_input = await self.converter.to_agent_input(items)
        if input_user_message is not None:
            agent_input += await self.converter.to_agent_input(input_user_message)  # CKF303

        agent_context = CoachContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self.coach, agent_input, context=agent_context)
        try:
            async for event in stream_agent_response(agent_context, result):
                yield event
        except TimeoutError:
            logger.exception("coach timed out in %s", thread.id)
            yield ErrorEvent(message="The coach took too long. Please try again.", allow_retry=True)


server = CoachServer(CoachStore(settings.database_url), settings.model)
app = FastAPI()


async def current_member(request: Request) -> str:
    try:
        session = await verify_session(request.cookies.get("session", ""), settings.session_key)
    except InvalidToken:
        raise HTTPException(status_code=401, detail="Not signed in") from None
    return session.member_id


@app.post("/coach")
async def coach(request: Request, member_id: Annotated[str, Depends(current_member)]) -> Response:
    logger.info("chat request of member %s", member_id)
    body = await request.body()
    try:
        result = await server.process(body, {})  # CKF309
    except NotFoundError:
        raise HTTPException(status_code=404, detail="No such conversation") from None
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream", headers=NO_BUFFERING)
    return Response(content=result.json, media_type="application/json")
