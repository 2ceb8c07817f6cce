from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

AGENT = Agent[Any](name="Helper", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def run(self, agent: Agent[Any], items: Any, **kwargs: Any) -> Any:
        return Runner.run_streamed(agent, items, **kwargs)

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = self.run(AGENT, [], context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
