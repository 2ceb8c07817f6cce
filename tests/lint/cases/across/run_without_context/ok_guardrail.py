from typing import Any

import agents
from agents import Agent, RunContextWrapper, Runner, function_tool

CHECK = Agent[Any](name="Guard", instructions="Safe?")


@agents.input_guardrail
async def guard(ctx: RunContextWrapper[Any], agent: Agent[Any], text: Any) -> Any:
    result = await Runner.run(CHECK, text, context=ctx.context)
    return result


@function_tool
async def research(ctx: RunContextWrapper[Any], question: str) -> str:
    found = await Runner.run(CHECK, question)
    return str(found.final_output)
