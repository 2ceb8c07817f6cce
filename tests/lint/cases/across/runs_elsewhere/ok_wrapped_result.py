from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer
from mine import watched

AGENT = Agent[Any](name="a", instructions="x")
OTHER = Agent[Any](name="b", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        kind = await Runner.run(OTHER, "which kind?")
        result = Runner.run_streamed(AGENT, str(kind.final_output), context=agent_context)
        async for event in stream_agent_response(agent_context, watched(result)):
            yield event
