"""The homework tutor."""

import asyncio
import logging
from collections.abc import AsyncIterator

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import (
    ProgressUpdateEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)

from .curriculum import Curriculum
from .store import StudentContext, TutorStore

logger = logging.getLogger(__name__)


@function_tool
async def current_unit(ctx: RunContextWrapper[AgentContext[StudentContext]], subject: str) -> str:
    """Which unit of a subject the student's class is working on."""
    await ctx.context.stream(ProgressUpdateEvent(icon="book-open", text="Opening the curriculum"))
    school = ctx.context.request_context.school_id
    curriculum = await asyncio.to_thread(Curriculum.for_school, school)
    return curriculum.unit(subject)


class TutorServer(ChatKitServer[StudentContext]):
    HISTORY = 40

    def __init__(self, store: TutorStore, model: str) -> None:  # CKF301
        self.store = store
        self.tutor: Agent[AgentContext[StudentContext]] = Agent(
            name="tutor",
            model=model,
            instructions=(
                "You are a patient tutor. Lead the student to the answer, "
                "never hand over a finished solution."
            ),
            tools=[current_unit],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: StudentContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, self.HISTORY, "desc", context)
        messages = await simple_to_agent_input(list(reversed(page.data)))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        stream = Runner.run_streamed(self.tutor, messages, max_turns=6)  # CKF305
        async for event in stream_agent_response(agent_context, stream):
            yield event
        logger.info("answered in thread %s", thread.id)
