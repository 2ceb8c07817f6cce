"""CKF304."""

import ast

from ..agents_run import agent, model
from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..store_calls import argument

_NO_IDS = ("LitellmModel", "OpenAIChatCompletionsModel")


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
        for name, function in server.own.items():
            if _streams(function):
                self._look(function)
                # A method that respond() goes through may get its ids there.
                if name == "respond" and self._without_ids(function) and not _maps(function):
                    self._unmapped(function)

    def _without_ids(self, function: Function) -> bool:
        """Say whether a method answers with models whose items all have the same id."""
        for node in within(function):
            if isinstance(node, ast.Call) and (self.module.names.resolve(node.func) or "").endswith(
                "Runner.run_streamed"
            ):
                made = agent(self.project, self.module, argument(node, 0, "starting_agent"))
                given = model(self.project, *made) if made is not None else None
                if given is not None:
                    match given:
                        case (_, ast.Constant(value=str(text))):
                            return text.startswith("litellm/")
                        case (place, ast.Call(func=func)):
                            name = place.names.resolve(func) or ""
                            if name.startswith("agents."):
                                return name.endswith(_NO_IDS)
                        case _:
                            pass
        return any(name.endswith(_NO_IDS) for name in self.module.names.imported.values())

    def _unmapped(self, function: Function) -> None:
        for node in within(function):
            match node:
                case ast.AsyncFor(iter=ast.Call(func=ast.Name(id="stream_agent_response"))):
                    self.report(node, what="the provider's ids are kept, and it gives all the same")
                case _:
                    continue

    def _look(self, function: Function) -> None:
        for node in within(function):
            match node:
                case ast.If(
                    test=ast.Compare(
                        left=left, ops=[ast.NotIn()], comparators=[ast.Name(id=mapping)]
                    ),
                    body=body,
                ) if (
                    _is_item_id(left) and _fills(body, mapping) and not _forgets(function, mapping)
                ):
                    self.report(node, what="ids are mapped on first sight")
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=mapping), attr="setdefault"),
                    args=[key, _],
                ) if _is_item_id(key) and not _forgets(function, mapping):
                    self.report(node, what="ids are mapped on first sight")
                case _:
                    continue


def _streams(function: Function) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == "stream_agent_response"
        for node in within(function)
    )


def _is_item_id(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="id") | ast.Attribute(attr="item_id"):
            return True
        case ast.Name(id=name):
            return name.endswith("id")
        case _:
            return False


def _fills(body: list[ast.stmt], mapping: str) -> bool:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]) if name == mapping:
                return True
            case _:
                continue
    return False


def _forgets(function: Function, mapping: str) -> bool:
    """Say whether ids leave the map, as they do when an item is done."""
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="pop")):
                if name == mapping:
                    return True
            case ast.Delete(targets=[ast.Subscript(value=ast.Name(id=name))]) if name == mapping:
                return True
            case _:
                continue
    return False


def _maps(function: Function) -> bool:
    """Say whether a function gives items other ids, or hands its events to something that may."""
    for node in within(function):
        match node:
            case ast.Attribute(attr="id" | "item_id", ctx=ast.Store()):
                return True
            case ast.Call(
                func=ast.Attribute(attr="model_copy" | "generate_id" | "generate_item_id")
            ):
                return True
            case ast.Call(args=[*_, ast.Name(id="event")]):
                return True
            case _:
                continue
    return False
