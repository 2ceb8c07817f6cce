"""CKF205."""

import ast
import re

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import model
from ..sql import queries
from ..stores import present, reached


class PhantomThread(Rule):
    """Find stores that make up a thread that is not there.

    Whoever guesses or keeps an old id gets an empty thread instead of "not found", and one that
    belongs to somebody else looks as if it were theirs.

    Bad:
        from abc import ABC
        from datetime import datetime
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
                found = await self.find(context["user_id"], thread_id)
                if found is None:
                    return ThreadMetadata(id=thread_id, created_at=datetime.now())
                return found

            async def find(self, owner: str, thread_id: str) -> ThreadMetadata | None:
                raise NotImplementedError(f"{owner} {thread_id}")

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
                found = await self.find(context["user_id"], thread_id)
                if found is None:
                    raise NotFoundError(f"Thread {thread_id} not found")
                return found

            async def find(self, owner: str, thread_id: str) -> ThreadMetadata | None:
                raise NotImplementedError(f"{owner} {thread_id}")

    Source: 13 of 43 public stores answer what is missing wrongly.
    """

    code = "CKF205"
    name = "phantom-thread"
    message = "{method}() makes up a thread that is not there"
    hint = 'raise NotFoundError(f"Thread {{thread_id}} not found")'

    _now: frozenset[str] = frozenset()

    def visit_store(self, store: Class) -> None:
        """Look at how a thread is loaded, and at what happens to an item without one."""
        for name in ("load_thread", "add_thread_item", "save_item"):
            function = store.own.get(name)
            if function is None:
                continue
            self._now = present(function)
            for node in within(function, ast.Call):
                if isinstance(node, ast.Call) and self._invented(node, name):
                    self.report(node, method=name)
            for query in queries(self.module, function):
                if name != "load_thread" and _makes_thread(query.flat):
                    self.report(query.node, method=name)
            if name == "load_thread":
                self._helpers(store, function)

    def _helpers(self, store: Class, function: Function) -> None:
        """Look at helpers that make a thread up for one that is loaded."""
        for part, module in reached(store, function):
            if part is function or module is not self.module or not part.name.startswith("_"):
                continue
            self._now = present(part)
            for node in within(part, ast.Call):
                if isinstance(node, ast.Call) and self._invented(node, "load_thread"):
                    self.report(node, method="load_thread")

    def _invented(self, node: ast.Call, name: str) -> bool:
        made = model(self.sdk, self.module, node)
        if made is None or made[0].rpartition(".")[2] not in {"ThreadMetadata", "Thread"}:
            return False
        if name != "load_thread":
            return True
        # From a row: its fields are read from what was found.
        for keyword in node.keywords:
            if keyword.arg == "created_at":
                return self._is_now(keyword.value)
        return False

    def _is_now(self, value: ast.expr) -> bool:
        match value:
            case ast.Name(id=name):
                return name in self._now
            case ast.IfExp(orelse=other):
                return self._is_now(other)
            case ast.Call(func=func):
                return (self.module.names.resolve(func) or "").endswith((".now", ".utcnow"))
            case _:
                return False


def _makes_thread(text: str) -> bool:
    """Say whether a statement makes the thread that an item is put into."""
    into = re.search(r"insert (?:or \w+ )?into [\"'`]?(?:\w+\.)?(\w*threads?)\b", text)
    return into is not None
