from abc import ABC
from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


BASE = Agent[Any](name="a", tools=[orders])


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def reply(self, text: str) -> str:
        agent = BASE.clone(model="gpt-5")
        result = await Runner.run(agent, text)  # CKF305
        return str(result.final_output)
