from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext


class Toolbox:
    @staticmethod
    @function_tool
    async def orders(wrapper: RunContextWrapper[AgentContext[Any]]) -> str:
        return str(wrapper.context.request_context)


AGENT = Agent[Any](name="x", tools=[Toolbox.orders])


async def ask(question: str) -> str:
    result = await Runner.run(AGENT, question)  # CKF305
    return str(result.final_output)
