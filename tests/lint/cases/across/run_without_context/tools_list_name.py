from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


@function_tool
def now() -> str:
    return "noon"


TOOLS = [now] + [orders]


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent = Agent[Any](name="x", tools=[*TOOLS])
        run = Runner.run_streamed(agent, "x")  # CKF305
        async for event in run.stream_events():
            yield str(event)
