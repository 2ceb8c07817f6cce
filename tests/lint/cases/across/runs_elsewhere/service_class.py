from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer


class Answers:
    def __init__(self, agent: Agent[Any]) -> None:
        self.agent = agent

    def start(self, items: list[Any]) -> Any:
        return Runner.run_streamed(self.agent, items)  # CKF305


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any, answers: Answers) -> None:
        super().__init__(store)
        self.answers = answers

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = self.answers.start([])
        async for event in stream_agent_response(agent_context, result):
            yield event
