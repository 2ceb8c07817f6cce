from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

import agents
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer
import functools
from agents import RunConfig
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem

SHOP = "shop"


@function_tool
async def orders(ctx: RunContextWrapper[AgentContext[Any]]) -> str:
    return str(ctx.context.request_context)


@function_tool
def clock() -> str:
    return "noon"


AGENT = Agent[Any](name="Assistant", tools=[orders, clock])
NAMER = Agent[Any](name="Namer", instructions="Name the conversation.")
TELLER = Agent[Any](name="Teller", tools=[clock])


def shop_agent() -> Agent[Any]:
    return Agent(name=SHOP, tools=[orders])


class Assistant(ChatKitServer[str], ABC):
    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.agent = Agent[Any](name="Own", tools=[orders])
        self.namer = Agent[Any](name="Namer", instructions="Name it.")

    def without(self) -> object:
        return Runner.run_streamed(AGENT, "hi")  # CKF305

    def without_but_more(self) -> object:
        return Runner.run_streamed(AGENT, input="hi", max_turns=3)  # CKF305

    def nothing(self) -> object:
        return agents.Runner.run_streamed(AGENT, "hi", context=None)  # CKF305

    async def whole(self) -> object:
        return await Runner.run(AGENT, "hi")  # CKF305

    async def own(self) -> object:
        return await Runner.run(starting_agent=self.agent, input="hi")  # CKF305

    async def made(self) -> object:
        chosen = shop_agent()
        return await Runner.run(chosen, "hi")  # CKF305

    async def answer(self, agent: Agent[Any], context: Any) -> AsyncIterator[Any]:
        result = Runner.run_streamed(agent, "hi")  # CKF305
        async for event in stream_agent_response(context, result):
            yield event

    def given(self, context: str) -> object:
        return Runner.run_streamed(AGENT, "hi", context=context)

    def forwarded(self, **options: Any) -> object:
        return Runner.run_streamed(AGENT, "hi", **options)

    async def name(self, text: str) -> str:
        return str(await Runner.run(NAMER, text))

    async def own_name(self, text: str) -> str:
        return str(await Runner.run(self.namer, text))

    async def time(self) -> str:
        return str(await Runner.run(TELLER, "what time is it?"))

    async def named_by_stream(self, text: str) -> object:
        return Runner.run_streamed(NAMER, text)


def title() -> object:
    return Runner.run_streamed(NAMER, "no tools, no user")


RequestContext = dict[str, Any]
ANSWERER = Agent[Any](name="x", instructions="y")


class Partly(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        run = functools.partial(Runner.run_streamed, ANSWERER, context=agent_context)
        async for event in stream_agent_response(agent_context, run("x")):
            yield event


class InHelper(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = self._run("x", agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event

    def _run(self, items: Any, agent_context: Any) -> Any:
        return Runner.run_streamed(self.agent, items, run_config=RunConfig(), max_turns=4)  # CKF305


class NoContext(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=None)  # CKF309
        result = Runner.run_streamed(ANSWERER, "x", context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class MadeByHelper(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = self._context(thread, context)
        result = Runner.run_streamed(ANSWERER, "x", context=ctx)
        async for event in stream_agent_response(ctx, result):
            yield event

    def _context(self, thread: ThreadMetadata, context: RequestContext) -> AgentContext[RequestContext]:
        return AgentContext(thread=thread, store=self.store, request_context={})  # CKF309
