"""CKF305."""

import ast

from ..agents_run import agent, is_plain, takes_context
from ..module import Function, within
from ..rule import Rule
from ..store_calls import argument
from ..values import class_around

_RUNS = frozenset(
    f"{home}.Runner.{name}"
    for home in ("agents", "agents.run")
    for name in ("run", "run_sync", "run_streamed")
)


class RunWithoutContext(Rule):
    """Find agents that a server runs without handing them the request's context.

    Tools then see None: no user, no page, no thread. Whatever they look up is not limited to the
    user who asked.

    Bad:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from agents import Agent, Runner
        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem

        AGENT = Agent[Any](name="Assistant")


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def respond(
                self,
                thread: ThreadMetadata,
                input_user_message: UserMessageItem | None,
                context: dict[str, Any],
            ) -> AsyncIterator[ThreadStreamEvent]:
                agent_context = AgentContext(
                    thread=thread, store=self.store, request_context=context
                )
                result = Runner.run_streamed(AGENT, "hello")
                async for event in stream_agent_response(agent_context, result):
                    yield event

    Good:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from agents import Agent, Runner
        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem

        AGENT = Agent[Any](name="Assistant")


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def respond(
                self,
                thread: ThreadMetadata,
                input_user_message: UserMessageItem | None,
                context: dict[str, Any],
            ) -> AsyncIterator[ThreadStreamEvent]:
                agent_context = AgentContext(
                    thread=thread, store=self.store, request_context=context
                )
                result = Runner.run_streamed(AGENT, "hello", context=agent_context)
                async for event in stream_agent_response(agent_context, result):
                    yield event

    Source: Runner.run_streamed's `context`, which tools receive as `ctx.context`.
    """

    code = "CKF305"
    name = "run-without-context"
    message = "the agent runs without a context: its tools see neither user nor thread"
    hint = "pass context=agent_context to {call}"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what runs an agent."""
        name = self.module.names.resolve(node.func) or ""
        if name not in _RUNS or not self._lacks_context(node):
            return
        made = agent(self.project, self.module, argument(node, 0, "starting_agent"))
        if made is not None and takes_context(self.project, *made):
            self.report(node, call=self.module.code(node.func))
            return
        # An agent without tools needs no context, unless it gives the answer itself.
        function = self.module.function_of(node)
        if function is None or not name.endswith(".run_streamed"):
            return
        answers = self._answers(function)
        if answers or (self._serves(node) and (made is None or not is_plain(made[1]))):
            self.report(node, call=self.module.code(node.func))

    def _lacks_context(self, node: ast.Call) -> bool:
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if any(isinstance(each, ast.Starred) for each in node.args) or None in given:
            return False  # a starred argument may hold it
        context = given.get("context")
        return context is None or (isinstance(context, ast.Constant) and context.value is None)

    def _answers(self, function: Function) -> bool:
        """Say whether a function makes a thread's events of what it runs."""
        return any(
            isinstance(inner, ast.Name)
            and self.module.names.imported.get(inner.id) == "chatkit.agents.stream_agent_response"
            for inner in within(function)
        )

    def _serves(self, node: ast.Call) -> bool:
        owner = class_around(self.project, self.module, node)
        return owner is not None and owner.is_server
