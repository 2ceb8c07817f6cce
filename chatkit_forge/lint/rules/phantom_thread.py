"""CKF205."""

import ast
import re

from ..classes import Class
from ..module import within
from ..rule import Rule
from ..sdk_names import model
from ..sql import queries


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

    def visit_store(self, store: Class) -> None:
        """Look at how a thread is loaded, and at what happens to an item without one."""
        for name in ("load_thread", "add_thread_item", "save_item"):
            function = store.own.get(name)
            for node in within(function) if function else ():
                if isinstance(node, ast.Call) and self._invented(node, name):
                    self.report(node, method=name)
            for query in queries(self.module, function) if function else ():
                if name != "load_thread" and _makes_thread(query.flat):
                    self.report(query.node, method=name)

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
            case ast.Call(func=func):
                return (self.module.names.resolve(func) or "").endswith((".now", ".utcnow"))
            case _:
                return False


def _makes_thread(text: str) -> bool:
    """Say whether a statement makes the thread that an item is put into."""
    into = re.search(r"insert (?:or \w+ )?into [\"'`]?(?:\w+\.)?(\w*threads?)\b", text)
    return into is not None
