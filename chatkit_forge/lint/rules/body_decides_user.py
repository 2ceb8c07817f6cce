"""CKF403."""

import ast
import re
from collections.abc import Iterator

from ..claim import Claim, claim_at, readings
from ..claims import claims
from ..classes import Class
from ..frames import Frame
from ..identity import Slot, slots
from ..module import FUNCTIONS, Function, within
from ..named_uses import method_calls
from ..people import is_about, is_who
from ..request_parts import source
from ..rule import Rule
from ..store_calls import argument
from ..values import class_around
from ..vouching import is_held_against, is_vouched

# Where the context stands among what the methods of a store are given.
_CONTEXT = {
    "load_thread": 1, "save_thread": 1, "load_thread_items": 4, "save_attachment": 1,
    "load_attachment": 1, "delete_attachment": 1, "load_threads": 3, "add_thread_item": 2,
    "save_item": 2, "load_item": 2, "delete_thread": 1, "delete_thread_item": 2,
}  # fmt: skip
_KINDS = {
    "body": "the body of the request", "header": "a header that anybody can send",
    "query": "the address of the request", "path": "the address of the request",
    "cookie": "a cookie that nobody signed", "token": "a token that nobody verified",
}  # fmt: skip
# Calls that find somebody by what they are given, and check nothing.
_LOOKS = re.compile(
    r"a?(get|find|load(?!s)|fetch|look|by_|user|select|query|scalar|read|first|one|retrieve|resolve"
    r"|ensure|upsert|create|filter)|[A-Z]"
)

# Parts of a request that a store has no other reason to ask for a user.
_OPEN = frozenset({"header", "query", "cookie"})


class BodyDecidesUser(Rule):
    """Find requests whose body, headers or address say who the user is.

    Anybody can write any name there. Who is asking has to come from something the server itself
    signed or checked: a session, a token, a header that only the gateway can have signed.

    Bad:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            body = await request.json()
            return await server.process(await request.body(), {"user_id": body["user_id"]})

    Good:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            user_id: str = request.session["user_id"]
            return await server.process(await request.body(), {"user_id": user_id})

    Source: OWASP API1, Broken Object Level Authorization.
    """

    code = "CKF403"
    name = "body-decides-user"
    message = "{source} decides who the user is ({key})"
    hint = "take the user from a session or a checked token"

    def visit_store(self, store: Class) -> None:
        """Look at a store that is handed the request itself, and asks it for the user."""
        self._inside(store)

    def visit_server(self, server: Class) -> None:
        """Look at a server in the same way."""
        self._inside(server)

    def _inside(self, found: Class) -> None:
        own = frozenset(found.own.values())
        for node in readings(self.module):
            function = next((p for p in self.module.ancestors(node) if p in own), None)
            if isinstance(function, FUNCTIONS):
                frame = Frame(self.project, self.module, function)
                claim = claim_at(frame, node)
                if claim is not None and claim.kind in _OPEN and is_who(claim.key):
                    self._report(Slot("", frame, node), iter((claim,)))

    def visit_module(self) -> None:
        """Look at what gives a request to ChatKit, or asks a store for somebody."""
        for node, _ in method_calls(self.module, ("process",)):
            if len(node.args) + len(node.keywords) > 1:
                self._given(node, 1)
        for node, func in method_calls(self.module, _CONTEXT):
            owner = class_around(self.project, self.module, node)
            if owner is None or not owner.is_chatkit:
                self._given(node, _CONTEXT[func.attr])

    def _given(self, node: ast.Call, position: int) -> None:
        """Look at the context that a call is given."""
        context = argument(node, position, "context")
        function = self.module.function_of(node)
        if function is not None and context is not None:
            self._look(function, context)

    def _look(self, function: Function, context: ast.expr) -> None:
        """Report what a client writes that a context takes for the one who asks."""
        frame = Frame(self.project, self.module, function)
        places = list(slots(frame, context))
        named = [each for each in places if each.key and each.is_who]
        # A value by itself, where nothing says what it is: a context that is a name alone.
        alone = [each for each in places if not each.key]
        others = [each for each in places if each.key and is_about(each.key)]
        said = [(each, list(self._said(each))) for each in named]
        # A doctor of the session who names a patient is no patient.
        chosen = {each for each, found in said if found and each.may_be_acted_for}
        if chosen and self._knows(places):
            said = [(each, found) for each, found in said if each not in chosen]
        for each, found in said:
            self._report(each, iter(found))
        if not named:
            for each in others:
                self._report(each, self._said(each))
        if not named and not others:
            for each in alone:
                self._report(each, self._alone(each))

    def _knows(self, places: list[Slot]) -> bool:
        """Say whether somebody who acts is known by other means than what a client writes."""
        acting = [e for e in places if e.is_actor and not isinstance(e.value, ast.Constant)]
        return any(not list(self._said(each)) for each in acting)

    def _said(self, slot: Slot) -> Iterator[Claim]:
        yield from claims(slot.frame, slot.value)
        yield from _looked_up(slot.frame, slot.value)

    def _alone(self, slot: Slot) -> Iterator[Claim]:
        """Yield a context that is a claim itself, or a part of the body as it was sent."""
        for claim in claims(slot.frame, slot.value):
            whole = claim.kind == "body" and claim.key in _WHOLE
            if whole or is_who(claim.key) or is_about(claim.key):
                yield claim
        if isinstance(slot.value, ast.Name) and source(slot.frame, slot.value) == "body":
            yield Claim(slot.frame, slot.value, "body", slot.value.id)

    def _report(self, slot: Slot, found: Iterator[Claim]) -> None:
        for claim in found:
            names = set(_names(claim, slot))
            if not claim.is_free or is_vouched(claim.frame):
                continue
            if is_held_against(claim.frame, names, claim.key):
                continue
            self.report(
                claim.node,
                elsewhere=claim.frame.module,
                source=_KINDS[claim.kind],
                key=claim.key,
            )


_WHOLE = frozenset({"context", "metadata", "user", "request_context", "session_context", "ctx"})


def _looked_up(frame: Frame, node: ast.expr, left: int = 4) -> Iterator[Claim]:
    """Yield the ids that somebody is looked up by, where no secret goes with them."""
    if not left:
        return
    node = node.value if isinstance(node, ast.Await) else node
    match node:
        case ast.Name():
            for value in frame.values(node):
                yield from _looked_up(frame, value, left - 1)
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            yield from _looked_up(frame, value, left - 1)
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords
        ) if _LOOKS.match(name) and frame.enter(node) is None:
            given = [*args, *(keyword.value for keyword in keywords)]
            found = [claim for each in given for claim in claims(frame, each)]
            if all(claim.is_free for claim in found):
                yield from (c for c in found if is_who(c.key) or is_about(c.key))
        case _:
            return


def _names(claim: Claim, slot: Slot) -> Iterator[str]:
    """Yield the variables that a claim is held in, on its way to the context."""
    if isinstance(claim.node, ast.arg):
        yield claim.node.arg
    for frame in slot.frame.around():
        yield from _holding(frame, claim)
    for frame in claim.frame.around():
        yield from _holding(frame, claim)


def _holding(frame: Frame, claim: Claim) -> Iterator[str]:
    for node in within(frame.function, ast.Assign, ast.NamedExpr) if frame.function else ():
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                if claim.node is value or claim.node in within(value, type(claim.node)):
                    yield name
            case _:
                continue
