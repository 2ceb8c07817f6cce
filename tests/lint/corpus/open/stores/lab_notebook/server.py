"""The notebook assistant: plans protocols as a workflow, then answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, ClientToolCall, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import (
    CustomSummary,
    CustomTask,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    Workflow,
)

from .store import NotebookStore, Researcher

NotebookRun = AgentContext[Researcher]


@function_tool
async def plan_protocol(ctx: RunContextWrapper[NotebookRun], steps: list[str]) -> str:
    """Show a protocol to the researcher, one task per step."""
    run = ctx.context
    await run.start_workflow(Workflow(type="custom", tasks=[]))
    for step in steps:
        await run.add_workflow_task(
            CustomTask(title=step, icon="lab", status_indicator="complete")
        )
    await run.end_workflow(summary=CustomSummary(title="Protocol", icon="notebook"))
    return f"{len(steps)} steps shown"


@function_tool
async def start_timer(ctx: RunContextWrapper[NotebookRun], minutes: int) -> None:
    """Start a bench timer in the researcher's browser."""
    ctx.context.client_tool_call = ClientToolCall(
        name="start_timer", arguments={"minutes": minutes}
    )


class NotebookServer(ChatKitServer[Researcher]):
    def __init__(self, store: NotebookStore, model: str, window: int) -> None:
        self._window = window
        self._assistant: Agent[NotebookRun] = Agent(
            name="notebook",
            model=model,
            instructions="You help with wet-lab protocols.",
            tools=[plan_protocol, start_timer],
        )
        super().__init__(store=store)

    def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Researcher,
    ) -> AsyncIterator[ThreadStreamEvent]:
        return self._answer(NotebookRun(thread=thread, store=self.store, request_context=context))

    async def _history(self, run: NotebookRun) -> list[ThreadItem]:
        page = await self.store.load_thread_items(
            run.thread.id, None, self._window, "desc", run.request_context
        )
        return list(reversed(page.data))

    async def _answer(self, run: NotebookRun) -> AsyncIterator[ThreadStreamEvent]:
        history = await simple_to_agent_input(await self._history(run))
        stream = Runner.run_streamed(self._assistant, history, context=run)
        async for event in stream_agent_response(run, stream):
            yield event
