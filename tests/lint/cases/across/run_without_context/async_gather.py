from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, RunConfig, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


AGENT = Agent[Any](name="x", tools=[orders])


class Assistant(ChatKitServer[dict[str, Any]], ABC):
    async def respond(self, thread: Any, input_user_message: Any, context: dict[str, Any]) -> AsyncIterator[Any]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(starting_agent=AGENT, input=[], run_config=RunConfig(tracing_disabled=True))  # CKF305
        async for event in stream_agent_response(context=agent_context, result=result):
            yield event
