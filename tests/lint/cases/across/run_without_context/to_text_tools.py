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
    agent = Agent[Any](name="x", tools=[orders])

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        result = await Runner.run(self.agent, "x")  # CKF305
        yield result.final_output
