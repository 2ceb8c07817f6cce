from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.runner = Runner()
        self.agent = Agent[Any](name="x")

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = self.runner.run_streamed(self.agent, [])  # CKF305
        async for event in stream_agent_response(agent_context, result):
            yield event
