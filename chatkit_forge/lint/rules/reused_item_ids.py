"""CKF304."""

import ast

from ..classes import Class
from ..id_maps import filled_on_first_sight, gives_others, makes_id
from ..module import Function, Module, within
from ..rule import Rule
from ..values import called, given_values
from ..without_ids import without_ids


class ReusedItemIds(Rule):
    """Find servers that keep the provider's item ids, or map them once a run.

    Models behind Chat Completions or LiteLLM give every item the id `__fake_id__`: the second
    message overwrites the first. A map that is filled on first sight folds two messages of one run
    into one. Ids have to be new for each item that is added.

    Bad:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def stream(self, context: AgentContext[Any], result: Any) -> AsyncIterator[Any]:
                ids: dict[str, str] = {}
                async for event in stream_agent_response(context, result):
                    if event.type == "thread.item.added":
                        if event.item.id not in ids:
                            ids[event.item.id] = context.generate_id("message")
                        event.item.id = ids[event.item.id]
                    yield event

    Good:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def stream(self, context: AgentContext[Any], result: Any) -> AsyncIterator[Any]:
                ids: dict[str, str] = {}
                async for event in stream_agent_response(context, result):
                    if event.type == "thread.item.added":
                        ids[event.item.id] = context.generate_id("message")
                        event.item.id = ids[event.item.id]
                    elif event.type == "thread.item.done":
                        event.item.id = ids.pop(event.item.id, context.generate_id("message"))
                    yield event

    Source: agents gives Chat Completions items FAKE_RESPONSES_ID.
    """

    code = "CKF304"
    name = "reused-item-ids"
    message = "{what}: two messages of one run become one"
    hint = "give each added item a new id, and forget it when the item is done"

    def visit_server(self, server: Class) -> None:
        """Look at how a server's streams map ids."""
        begun = server.own.get("respond")
        seen: set[Function] = set()
        for name, function in server.own.items():
            if not _streams(function):
                continue
            self._reach(function, server.module, seen)
            # A method that respond() goes through may get its ids there.
            through = begun is not None and _calls(begun, name)
            if name != "respond" and not through:
                continue
            without = without_ids(self.project, self.module, function) or (
                through
                and begun is not None
                and _runs(begun)
                and without_ids(self.project, self.module, begun)
            )
            maps = gives_others(function) or (through and begun is not None and gives_others(begun))
            if without and not maps:
                self._unmapped(function)

    def _reach(
        self, function: Function, module: Module, seen: set[Function], depth: int = 3
    ) -> None:
        """Look at a stream, and at the functions that it hands its events or their ids to."""
        if function in seen:
            return
        seen.add(function)
        for node in filled_on_first_sight(module, function):
            self.report(node, elsewhere=module, what="ids are mapped on first sight")
        for node in within(function, ast.AsyncFor):
            if isinstance(node, ast.AsyncFor):
                self._one_for_all(function, module, node)
        for node in within(function, ast.Call) if depth else ():
            found = called(self.project, module, node) if isinstance(node, ast.Call) else None
            if found is not None:
                self._reach(*found, seen, depth - 1)

    def _unmapped(self, function: Function) -> None:
        for node in within(function, ast.AsyncFor):
            source = node.iter if isinstance(node, ast.AsyncFor) else None
            if isinstance(source, ast.Name):
                given = given_values(self.module, source)
                source = given[0] if len(given) == 1 else None
            match source:
                case ast.Call(func=ast.Name(id="stream_agent_response")):
                    self.report(node, what="the provider's ids are kept, and it gives all the same")
                case _:
                    continue

    def _one_for_all(self, function: Function, module: Module, loop: ast.AsyncFor) -> None:
        """Look for one id, made before a stream begins, that all of its items are given."""
        made = {
            target.id
            for node in within(function, ast.Assign, nested=False)
            if isinstance(node, ast.Assign) and makes_id(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        again = {
            node.id
            for node in within(loop, ast.Name)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for node in within(loop, ast.Assign):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Attribute(attr="item"), attr="id")],
                    value=ast.Name(id=name),
                ) if name in made - again:
                    self.report(node, elsewhere=module, what="one id is given to all of a run")
                    return
                case _:
                    continue


def _calls(function: Function, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name
        for node in within(function, ast.Attribute)
    )


def _streams(function: Function) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == "stream_agent_response"
        for node in within(function)
    )


def _runs(function: Function) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "run_streamed"
        for node in within(function, ast.Attribute)
    )
