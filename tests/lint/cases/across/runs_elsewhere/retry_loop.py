import asyncio
from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

AGENT = Agent[Any](name="a", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        for attempt in range(2):
            try:
                async for event in stream_agent_response(agent_context, Runner.run_streamed(AGENT, [])):  # CKF305
                    yield event
                return
            except TimeoutError:
                await asyncio.sleep(attempt)
