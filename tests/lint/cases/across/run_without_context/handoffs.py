from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool


@function_tool
async def orders(ctx: RunContextWrapper[Any]) -> str:
    return str(ctx.context.request_context)


BILLING = Agent[Any](name="b", tools=[orders])
TRIAGE = Agent[Any](name="t", handoffs=[BILLING])


async def ask(question: str) -> str:
    result = await Runner.run(TRIAGE, question)  # CKF305
    return str(result.final_output)
