"""CKF305."""

import ast

from ..classes import Class
from ..module import within
from ..rule import Rule


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

    def visit_server(self, server: Class) -> None:
        """Look at what a server's methods run."""
        for function in server.own.values():
            for node in within(function):
                if isinstance(node, ast.Call) and self._runs_an_agent(node):
                    given = {keyword.arg for keyword in node.keywords}
                    # A starred argument may hold it.
                    if not given & {"context", None} and not _starred(node):
                        self.report(node, call=self.module.code(node.func))

    def _runs_an_agent(self, node: ast.Call) -> bool:
        name = self.module.names.resolve(node.func)
        return name in {"agents.Runner.run_streamed", "agents.run.Runner.run_streamed"}


def _starred(node: ast.Call) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in node.args)
