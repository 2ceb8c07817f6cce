"""CKF303."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..stores import names_in


class InputSentTwice(Rule):
    """Find servers that append the user's message to a history that holds it already.

    The SDK has stored the message before it calls `respond`. A history loaded from the store ends
    with it, and the model that is sent it once more answers as if the user had repeated himself.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.agents import simple_to_agent_input
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata, UserMessageItem


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def history(
                self,
                thread: ThreadMetadata,
                input_user_message: UserMessageItem,
                context: dict[str, Any],
            ) -> list[Any]:
                page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
                items = list(reversed(page.data))
                items.append(input_user_message)
                return await simple_to_agent_input(items)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.agents import simple_to_agent_input
        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def history(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[Any]:
                page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
                return await simple_to_agent_input(list(reversed(page.data)))

    Source: chatkit.server stores the message, then calls respond().
    """

    code = "CKF303"
    name = "input-sent-twice"
    message = "{message} is in the history already: the SDK stored it before respond() was called"
    hint = "leave it out, or drop the item of its id from the history first"

    def visit_server(self, server: Class) -> None:
        """Look at the methods that load a history."""
        for function in server.own.values():
            message = _message(function)
            if message is not None and _loads(function) and not _drops(function, message):
                self._look(function, message)

    def _look(self, function: Function, message: str) -> None:
        for node in within(function):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="append" | "insert"),
                    args=[*_, ast.Name(id=name)],
                ) if name == message:
                    self.report(node, message=message)
                case ast.BinOp(op=ast.Add(), right=ast.List(elts=[ast.Name(id=name)])):
                    if name == message:
                        self.report(node, message=message)
                case ast.AugAssign(op=ast.Add(), value=value) if message in names_in(value):
                    self.report(node, message=message)
                case ast.List(elts=[ast.Starred(), ast.Name(id=name)]) if name == message:
                    self.report(node, message=message)
                case _:
                    continue


def _message(function: Function) -> str | None:
    """Return the parameter that holds the user's message."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    for argument in arguments:
        kind = ast.dump(argument.annotation) if argument.annotation else ""
        if argument.arg == "input_user_message" or "UserMessageItem" in kind:
            return argument.arg
    return None


def _loads(function: Function) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "load_thread_items"
        for node in within(function)
    )


def _drops(function: Function, message: str) -> bool:
    """Say whether the method compares with the message's id, which is how it is left out."""
    for node in within(function):
        match node:
            case ast.Compare(left=left, comparators=comparators):
                for side in (left, *comparators):
                    match side:
                        case ast.Attribute(value=ast.Name(id=name), attr="id") if name == message:
                            return True
                        case _:
                            continue
            case _:
                continue
    return False
