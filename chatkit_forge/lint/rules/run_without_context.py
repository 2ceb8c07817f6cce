"""CKF305."""

import ast
from collections.abc import Iterator

from ..agents_run import agents, is_plain, is_run, returned, takes_context
from ..module import Function, Module, within
from ..rule import Rule
from ..store_calls import argument
from ..values import called, class_around, given_values

_STREAMS = frozenset({"chatkit.agents.stream_agent_response"})


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

    def visit_module(self) -> None:
        """Look at what answers a user: the runs whose events are made a thread's."""
        if not self._knows_agents():
            return
        unseen: set[Function | None] = set()
        for node in self.module.nodes(ast.Call):
            if self.module.names.resolve(node.func) not in _STREAMS:
                continue
            given = argument(node, 1, "result")
            runs = list(self._runs(self.module, given)) if given is not None else []
            for home, run in runs:
                if self._lacks_context(home, run):
                    self._report(home, run)
            if not runs:
                unseen.add(self.module.function_of(node))
        for node in self.module.nodes(ast.Call):
            self._look(node, unseen)

    def _knows_agents(self) -> bool:
        names = self.module.names
        return any(
            each.partition(".")[0] in {"agents", "chatkit"} and "agents" in each
            for each in (*names.imported.values(), *names.modules)
        )

    def _look(self, node: ast.Call, unseen: set[Function | None]) -> None:
        """Look at one call that may run an agent; `unseen` are functions that answer by one."""
        if not is_run(self.project, self.module, node):
            return
        if not self._lacks_context(self.module, node):
            return
        made = agents(self.project, self.module, argument(node, 0, "starting_agent"))
        if any(takes_context(self.project, *each) for each in made):
            self._report(self.module, node)
            return
        # An agent without tools needs no context, unless it gives the answer itself.
        function = self.module.function_of(node)
        if function is None:
            return
        answers = function in unseen and _is_streamed(node)
        if not (made and all(is_plain(each[1]) for each in made)) and self._serves(node):
            answers |= _is_streamed(node) or self._is_only(node, function)
        if answers:
            self._report(self.module, node)

    def _report(self, module: Module, node: ast.Call) -> None:
        self.report(node, elsewhere=module, call=module.code(node.func))

    def _runs(
        self, module: Module, node: ast.expr, depth: int = 4
    ) -> Iterator[tuple[Module, ast.Call]]:
        """Yield the runs that an expression is the result of."""
        if isinstance(node, ast.Await):
            node = node.value
        match node:
            case ast.Name() if depth:
                values = given_values(module, node)
                for value in values:
                    if value is not None:
                        yield from self._runs(module, value, depth - 1)
                if None in values:
                    for given in self._given(module, node):
                        yield from self._runs(module, given, depth - 1)
            case ast.Call() if is_run(self.project, module, node):
                yield module, node
            case ast.IfExp(body=body, orelse=orelse) if depth:
                yield from self._runs(module, body, depth - 1)
                yield from self._runs(module, orelse, depth - 1)
            case ast.Call() if depth:
                found = called(self.project, module, node)
                for value in returned(*found) if found is not None else ():
                    yield from self._runs(found[1] if found else module, value, depth - 1)
            case _:
                return

    def _given(self, module: Module, node: ast.Name) -> Iterator[ast.expr]:
        """Yield what the file's own calls give a helper for one of its parameters."""
        function = module.function_of(node)
        if function is None:
            return
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if node.id not in names:
            return
        place = names.index(node.id) - (names[0] in {"self", "cls"})
        for call in module.nodes(ast.Call):
            word = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if function.name not in {word, getattr(call.func, "id", "")}:
                continue
            found = called(self.project, module, call)
            if found is not None and found[0] is function:
                given = argument(call, place, node.id)
                if given is not None:
                    yield given

    def _lacks_context(self, module: Module, node: ast.Call) -> bool:
        if any(isinstance(each, ast.Starred) for each in node.args):
            return False  # a starred argument may hold it
        for keyword in node.keywords:
            if keyword.arg is None and not _is_without_context(module, keyword.value):
                return False
            if keyword.arg == "context":
                return isinstance(keyword.value, ast.Constant) and keyword.value.value is None
        return len(node.args) < 3

    def _serves(self, node: ast.Call) -> bool:
        owner = class_around(self.project, self.module, node)
        return owner is not None and owner.is_server

    def _is_only(self, node: ast.Call, function: Function) -> bool:
        """Say whether a run is what answers the user, there being no other in the file."""
        return function.name == "respond" and not any(
            is_run(self.project, self.module, other)
            for other in self.module.nodes(ast.Call)
            if other is not node
        )


def _is_streamed(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "run_streamed"


def _is_without_context(module: Module, options: ast.expr) -> bool:
    """Say whether a dictionary of options is seen to hold no context, from start to end."""
    if isinstance(options, ast.Name):
        values = given_values(module, options)
        if len(values) != 1 or values[0] is None:
            return False
        function = module.function_of(options) or module.tree
        uses = [n for n in within(function, ast.Name) if getattr(n, "id", "") == options.id]
        if len(uses) > 2:
            return False  # something is put into it, perhaps
        options = values[0]
    match options:
        case ast.Dict(keys=keys):
            names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
            return None not in names and "context" not in names
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return all(keyword.arg not in {None, "context"} for keyword in keywords)
        case _:
            return False
