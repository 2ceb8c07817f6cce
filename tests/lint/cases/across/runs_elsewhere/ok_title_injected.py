from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    def __init__(self, store: Any, agent: Agent[Any], title_agent: Agent[Any]) -> None:
        super().__init__(store)
        self.agent, self.title_agent = agent, title_agent

    async def _title(self, text: str) -> str:
        run = await Runner.run(self.title_agent, text)
        return str(run.final_output)

    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self.agent, [], context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
