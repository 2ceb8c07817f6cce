from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import stream_agent_response

A = Agent[Any](name="a", instructions="x")


async def run_agent(agent: Agent[Any], items: Any, agent_context: Any) -> AsyncIterator[Any]:
    """Run it, and stream."""
    stream = Runner.run_streamed(agent, input=items)  # CKF305
    async for event in stream_agent_response(agent_context, stream):
        yield event
