from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

TITLES = Agent[Any](name="Title", instructions="Name it", output_type=str)


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def title(self, text: str) -> str:
        result = await Runner.run(TITLES, text)
        return str(result.final_output)

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        thread.title = await self.title("x")
        named = await Runner.run(TITLES, "x")
        thread.title = named.final_output
        result = Runner.run_streamed(TITLES, [], context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
