"""CKF303."""

import ast

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..said_texts import is_text
from ..stores import names_in
from ..values import called

# How libraries name what a model is sent.
_MESSAGES = ("Message", "MessageParam")


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
            self._function(function)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at functions outside of classes that load a history."""
        if self.module.class_of(node) is None:
            self._function(node)

    def _function(self, function: Function) -> None:
        message = _message(function)
        if message is None or not self._loads(function, self.module) or _drops(function, message):
            return
        self._look(function, self._messages(function, message))

    def _look(self, function: Function, messages: set[str]) -> None:
        for node in within(function):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="append" | "insert" | "extend"), args=[*_, one]
                ):
                    added = [one]
                case ast.BinOp(op=ast.Add(), right=right):
                    added = [right]
                case ast.AugAssign(op=ast.Add(), value=value):
                    added = [value]
                case ast.List(elts=[ast.Starred(), *_, last]):
                    added = [last]
                case _:
                    continue
            if any(self._is_message(each, messages) for each in added):
                self.report(node, message=sorted(messages)[0])

    def _messages(self, function: Function, message: str) -> set[str]:
        """Return the names that hold the message itself, or what it was converted to."""
        found = {message}
        while True:
            before = len(found)
            for node in within(function):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        if self._is_message(value, found):
                            found.add(name)
                    case _:
                        continue
            if len(found) == before:
                return found

    def _is_message(self, value: ast.expr, messages: set[str]) -> bool:
        """Say whether an expression is the message, converted or wrapped."""
        while True:
            match value:
                case ast.Await(value=inner) | ast.Starred(value=inner):
                    value = inner
                case ast.List(elts=[inner]):
                    value = inner
                case ast.Call(
                    func=ast.Name(id="simple_to_agent_input")
                    | ast.Attribute(attr="to_agent_input" | "user_message_to_input"),
                    args=[inner, *_],
                ):
                    value = inner
                case ast.Name(id=name):
                    return name in messages
                case ast.Dict(keys=keys, values=values):
                    pairs = {
                        key.value: each
                        for key, each in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant)
                    }
                    return self._is_said(pairs.get("role"), pairs.get("content"), messages)
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[], keywords=keywords
                ) if name.endswith(_MESSAGES):
                    # `EasyInputMessageParam(role="user", content=text)`
                    given = {each.arg: each.value for each in keywords}
                    return self._is_said(given.get("role"), given.get("content"), messages)
                case _:
                    return False

    def _is_said(self, role: ast.expr | None, content: ast.expr | None, messages: set[str]) -> bool:
        """Say whether a role and a content are what the user says in the message."""
        is_user = isinstance(role, ast.Constant) and role.value == "user"
        if not is_user or content is None:
            return False
        return is_text(self.project, self.module, content, messages)

    def _loads(self, function: Function, module: Module, depth: int = 2) -> bool:
        """Say whether a function loads a thread's items, itself or by a helper that keeps all."""
        for node in within(function):
            if isinstance(node, ast.Attribute) and node.attr == "load_thread_items":
                return True
            if isinstance(node, ast.Call) and depth:
                found = called(self.project, module, node)
                if found is None or found[0] is function or _leaves_out(found[0]):
                    continue
                if self._loads(*found, depth - 1):
                    return True
        return False


def _leaves_out(function: Function) -> bool:
    """Say whether a helper drops items by their id or by their place."""
    for node in within(function):
        match node:
            case ast.Compare(left=ast.Attribute(attr="id"), ops=[ast.NotEq() | ast.NotIn()]):
                return True
            case ast.Subscript() if _cuts(node):
                return True
            case _:
                continue
    return False


def _message(function: Function) -> str | None:
    """Return the parameter that holds the user's message."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    for argument in arguments:
        kind = argument.annotation
        named = kind is not None and "UserMessageItem" in names_in(kind)
        if argument.arg == "input_user_message" or named:
            return argument.arg
    return None


def _drops(function: Function, message: str) -> bool:
    """Say whether the method goes by the message's id, which is how it is left out."""
    for node in within(function):
        match node:
            case ast.Assign(value=ast.Attribute(value=ast.Name(id=name), attr="id")):
                sides: list[ast.expr] = [ast.Name(id=name)]
            case ast.Compare(left=left, comparators=comparators):
                values = [left, *comparators]
                sides = [v.value for v in values if isinstance(v, ast.Attribute) and v.attr == "id"]
                # `message not in items`
                sides += [left] if isinstance(node.ops[0], ast.NotIn) else []
            case ast.Call(args=args, keywords=keywords) if not _is_log(node):
                values = [*args, *(keyword.value for keyword in keywords)]
                sides = [v.value for v in values if isinstance(v, ast.Attribute) and v.attr == "id"]
            case ast.Subscript(
                value=ast.Attribute(attr="data") | ast.Name(id="items" | "history" | "page")
            ) if _cuts(node):
                return True
            case _:
                continue
        if any(isinstance(side, ast.Name) and side.id == message for side in sides):
            return True
    return False


def _cuts(node: ast.Subscript) -> bool:
    """Say whether a slice leaves out the first or the last."""
    match node.slice:
        case ast.Slice(lower=ast.Constant(value=1), step=None):
            return True
        case ast.Slice(upper=ast.UnaryOp(op=ast.USub()), step=None):
            return True
        case _:
            return False


def _is_log(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in {"debug", "info", "warning", "error", "exception", "print"}
        case _:
            return False
