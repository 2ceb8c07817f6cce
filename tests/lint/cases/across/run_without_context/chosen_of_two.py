from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


A = Agent[Any](name="a", tools=[orders])
B = Agent[Any](name="b", tools=[orders])
AGENTS = {"a": A, "b": B}


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent = AGENTS[thread.metadata.get("kind", "a")]
        result = await Runner.run(agent, "x")  # CKF305
        yield result.final_output
