from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

AGENT = Agent[Any](name="a", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def _answer(self, agent: Agent[Any], items: Any, agent_context: AgentContext[Any]) -> AsyncIterator[Any]:
        streamed = Runner.run_streamed(starting_agent=agent, input=items, max_turns=20)  # CKF305
        async for event in stream_agent_response(agent_context, streamed):
            yield event

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in self._answer(AGENT, [], agent_context):
            yield event
