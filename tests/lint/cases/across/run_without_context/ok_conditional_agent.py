from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer

A = Agent[Any](name="a", instructions="x")
B = Agent[Any](name="b", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        agent = A if input_user_message else B
        result = Runner.run_streamed(agent, [], context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
        summary = Runner.run_streamed(B, "sum up")
        async for part in summary.stream_events():
            print(part)
