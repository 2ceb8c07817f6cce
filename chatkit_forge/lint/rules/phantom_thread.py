"""CKF205."""

import ast
import re
from collections.abc import Iterator

from ..classes import Class
from ..made_up import is_made_up
from ..missing import about_missing
from ..module import Function, Module, within
from ..sdk_names import model, models
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import LOADS, reached
from ..tables import row_class
from ..validations import validations
from ..values import given_values

_THREADS = frozenset({"ThreadMetadata", "Thread"})
_OTHERS = frozenset({
    *LOADS, "load_threads", "load_thread_items", "save_thread", "save_attachment", "__init__",
})  # fmt: skip


class PhantomThread(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at how a thread is loaded, and at what happens to an item without one."""
        for name in ("load_thread", "add_thread_item", "save_item"):
            function = store.own.get(name)
            if function is None:
                continue
            saves = store.method("save_thread")
            shared = {part for part, _ in reached(store, saves[0])} if saves else set[Function]()
            checked = name != "load_thread" and _is_checked(store, function)
            for part, module in reached(store, function):
                if part is function or part.name not in _OTHERS:
                    for node in self._invented(module, part):
                        self.report(node, elsewhere=module, method=name)
                    # What saving a thread does as well is given one that is there.
                    if name != "load_thread" and not checked and part not in shared:
                        self._stored(store, part, module, name)

    def _invented(self, module: Module, part: Function) -> list[ast.Call]:
        """Return where a thread is made of nothing that was found; several methods share a part."""
        key = ("threads made up", part)
        if key not in module.known:
            module.known[key] = list(self._made_up(module, part))
        return module.known[key]

    def _made_up(self, module: Module, part: Function) -> Iterator[ast.Call]:
        for node, made in models(self.sdk, module, part):
            if made[0].rpartition(".")[2] in _THREADS and is_made_up(module, part, node):
                yield node
        for node, owner, data in validations(module, part):
            same = _called(node, owner, data)
            made = model(self.sdk, module, same)
            is_thread = made is not None and made[0].rpartition(".")[2] in _THREADS
            if is_thread and is_made_up(module, part, same):
                yield node

    def _stored(self, store: Class, part: Function, module: Module, name: str) -> None:
        """Look for the thread itself being stored while an item is."""
        for query in queries(module, part):
            if _makes_thread(query.flat):
                self.report(query.node, elsewhere=module, method=name)
        for node in within(part, ast.Call):
            if _puts_thread(store, module, node) or _adds_made(store, module, node):
                self.report(node, elsewhere=module, method=name)


def _called(node: ast.Call, owner: ast.expr, data: ast.Dict) -> ast.Call:
    """Return the call that makes the same as `Model.model_validate({...})` of a written dict."""
    pairs = zip(data.keys, data.values, strict=True)
    keywords = [
        ast.keyword(arg=str(key.value) if isinstance(key, ast.Constant) else None, value=value)
        for key, value in pairs
    ]
    return ast.copy_location(ast.Call(func=owner, args=[], keywords=keywords), node)


def _is_checked(store: Class, function: Function) -> bool:
    """Say whether a method asks for the thread first and raises where there is none."""
    for part, module in reached(store, function):
        if part is not function and part.name in _OTHERS:
            continue
        for node in within(part, ast.Call, ast.Raise):
            match node:
                case ast.Call(func=ast.Attribute(attr="load_thread")):
                    # `except NotFoundError:` makes one after all.
                    tried = (p for p in module.ancestors(node) if isinstance(p, ast.Try))
                    if not any(each.handlers for each in tried):
                        return True
                case ast.Raise() if about_missing(module, node, part):
                    return True
                case _:
                    continue
    return False


def _adds_made(store: Class, module: Module, node: ast.AST) -> bool:
    """Say whether a session is given a thread's row that was made for want of another."""
    match node:
        case ast.Call(func=ast.Attribute(attr="add" | "merge"), args=[ast.Name() as row]):
            made = [value for value in given_values(module, row) if isinstance(value, ast.Call)]
        case _:
            return False
    return any(
        _puts_thread(store, module, ast.Call(func=node.func, args=[each], keywords=[]))
        for each in made
    )


def _makes_thread(text: str) -> bool:
    """Say whether a statement makes the thread that an item is put into."""
    into = re.search(r"(?:insert (?:or \w+ |ignore )?|replace )into [\"'`]?(?:\w+\.)?(\w+)", text)
    return into is not None and _is_of_threads(into[1]) and into[1].endswith(("thread", "threads"))


def _is_of_threads(name: str) -> bool:
    lower = name.lower()
    return "thread" in lower and not any(word in lower for word in ("item", "message", "entr"))


def _puts_thread(store: Class, module: Module, node: ast.AST) -> bool:
    """Say whether a call stores a thread: as a row, a document, or in a dictionary."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="add" | "merge"), args=[ast.Call(func=ast.Name() as made)]
        ):
            found = store.project.find_class(module.names.resolve(made) or "", module)
            return found is not None and row_class(found) is not None and _is_of_threads(found.name)
        case ast.Call(
            func=ast.Name(id="insert" | "pg_insert" | "sqlite_insert" | "mysql_insert"),
            args=[ast.Name(id=name)],
        ):
            return _is_of_threads(name)
        case ast.Call(
            func=ast.Attribute(
                value=ast.Attribute(attr=name), attr="update_one" | "replace_one" | "insert_one"
            ) as func,
            keywords=keywords,
        ) if _is_of_threads(name):
            upserts = any(
                k.arg == "upsert" and isinstance(k.value, ast.Constant) and k.value.value
                for k in keywords
            )
            return upserts or func.attr == "insert_one"
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr=name), attr="setdefault"),
            args=[_, ast.Dict(keys=[_, *_])],
        ):
            return _is_of_threads(name)
        case _:
            return False
