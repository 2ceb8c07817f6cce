from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def _agent(self, locale: str) -> Agent[Any]:
        if locale == "de":
            return Agent(name="de", tools=[orders])
        return Agent(name="en", tools=[orders])

    async def action(self, thread: Any, action: Any, sender: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        result = Runner.run_streamed(self._agent("de"), "x")  # CKF305
        async for event in result.stream_events():
            yield str(event)
