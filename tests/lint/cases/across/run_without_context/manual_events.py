from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any, agent: Agent[Any]) -> None:
        super().__init__(store)
        self.agent = agent

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        items = await simple_to_agent_input([])
        result = Runner.run_streamed(self.agent, items)  # CKF305
        async for event in result.stream_events():
            yield str(event)
