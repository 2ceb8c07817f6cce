from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

from .runs import started, started_with

AGENT = Agent[Any](name="a", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in stream_agent_response(agent_context, started(AGENT, [])):
            yield event
        async for event in stream_agent_response(agent_context, started_with(AGENT, [], agent_context)):
            yield event
