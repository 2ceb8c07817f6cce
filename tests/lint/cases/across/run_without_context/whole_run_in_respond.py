from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any, agent: Agent[Any]) -> None:
        super().__init__(store)
        self.agent = agent

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        result = await Runner.run(self.agent, "x")  # CKF305
        yield result.final_output
