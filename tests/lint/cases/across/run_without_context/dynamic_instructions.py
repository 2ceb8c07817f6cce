from abc import ABC
from typing import Any

from agents import Agent, RunContextWrapper, Runner
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer


def instructions(ctx: RunContextWrapper[AgentContext[Any]], agent: Agent[Any]) -> str:
    return f"You help {ctx.context.request_context['user_id']}"


AGENT = Agent[Any](name="x", instructions=instructions)


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def summary(self, text: str) -> str:
        return str((await Runner.run(AGENT, text)).final_output)  # CKF305
