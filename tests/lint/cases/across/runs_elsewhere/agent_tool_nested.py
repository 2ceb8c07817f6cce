from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


HELPER = Agent[Any](name="h", tools=[orders])


@function_tool
async def research(ctx: RunContextWrapper[AgentContext[Any]], question: str) -> str:
    result = await Runner.run(HELPER, question)  # CKF305
    return str(result.final_output)


@function_tool
async def research_with(ctx: RunContextWrapper[AgentContext[Any]], question: str) -> str:
    result = await Runner.run(HELPER, question, context=ctx.context)
    return str(result.final_output)
