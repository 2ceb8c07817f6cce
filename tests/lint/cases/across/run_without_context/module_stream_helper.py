from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

import chatkit.agents as ck
from agents import Agent, Runner
from chatkit.server import ChatKitServer

AGENT = Agent[Any](name="Helper", instructions="x")


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = ck.AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, "hi")  # CKF305
        async for event in ck.stream_agent_response(agent_context, result):
            yield event
