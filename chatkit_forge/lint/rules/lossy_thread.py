"""CKF207."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import given, model
from ..stores import is_now, names_in, present, reached

_THREAD = "chatkit.types.ThreadMetadata"
# Kept in columns of their own by everybody.
_ALWAYS = frozenset({"id", "created_at"})


class LossyThread(Rule):
    """Find stores that keep only some fields of a thread.

    Whatever is left out, the title, the status that locks a thread, the metadata, the domains
    images may come from, is gone after the next load.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "INSERT INTO threads (owner, id, created_at, title) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (owner, id) DO UPDATE SET title = excluded.title",
                    context["user_id"],
                    thread.id,
                    thread.created_at,
                    thread.title,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                await self.pool.execute(
                    "INSERT INTO threads (owner, id, data) VALUES ($1, $2, $3)"
                    " ON CONFLICT (owner, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread.id,
                    thread.model_dump_json(),
                )

    Source: 22 of 43 public stores; the fields of the installed SDK's ThreadMetadata.
    """

    code = "CKF207"
    name = "lossy-thread"
    message = "{method}() drops {fields} of the thread"
    hint = "store the whole object as JSON: thread.model_dump_json()"

    def visit_store(self, store: Class) -> None:
        """Look at how a thread is saved and loaded."""
        about = self.sdk.classes.get(_THREAD)
        fields = set(about.fields) - _ALWAYS if about else set[str]()
        saving = store.own.get("save_thread")
        if saving is not None and fields:
            self._saved(store, saving, fields)
        for name in ("load_thread", "load_threads"):
            loading = store.own.get(name)
            if loading is not None and fields:
                self._loaded(store, loading, fields, name)

    def _saved(self, store: Class, function: Function, fields: set[str]) -> None:
        parameters = [argument.arg for argument in function.args.args[1:]]
        if not parameters:
            return
        thread = parameters[0]
        read: set[str] = set()
        for part, _ in reached(store, function):
            taken = thread if part is function else _same(part, thread)
            fields_read = _fields_read(part, taken) if taken else set[str]()
            if fields_read is None:
                return
            read |= fields_read
        missing = fields - read
        # Nothing read at all is something else: handed on in a way that is not understood.
        if read and missing:
            shown = ", ".join(sorted(missing))
            self.report(function, method="save_thread", fields=shown)

    def _loaded(self, store: Class, function: Function, fields: set[str], name: str) -> None:
        for part, module in reached(store, function):
            if module is not self.module:
                continue
            for node in within(part, ast.Call):
                made = model(self.sdk, module, node) if isinstance(node, ast.Call) else None
                if made is None or made[0] != _THREAD or not isinstance(node, ast.Call):
                    continue
                keywords = given(node)
                missing = fields - keywords.keys() if keywords else set[str]()
                if missing and not _is_new(node, part):
                    shown = ", ".join(sorted(missing))
                    self.report(node, method=name, fields=shown)


def _same(part: Function, thread: str) -> str | None:
    """Return the parameter of a helper that takes the thread: by its name or its type."""
    for argument in part.args.args:
        kind = ast.dump(argument.annotation) if argument.annotation else ""
        if argument.arg == thread or "ThreadMetadata" in kind:
            return argument.arg
    return None


def _fields_read(function: Function, thread: str) -> set[str] | None:
    """Return the fields of the thread that a function reads, None when it takes it whole."""
    attributes: set[ast.AST] = set()
    read: set[str] = set()
    for node in within(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name) as inner, attr=field) if name == thread:
                attributes.add(inner)
                if field.startswith("model_dump") and (kept := _included(function, node)):
                    return kept
                if field.startswith(("model_", "dict", "json", "copy", "__")):
                    return None
                read.add(field)
            case ast.Call(func=func, args=args, keywords=keywords):
                own = isinstance(func, ast.Attribute) and names_in(func.value) & {"self", "cls"}
                whole = [*args, *(keyword.value for keyword in keywords)]
                if not own and any(isinstance(v, ast.Name) and v.id == thread for v in whole):
                    return None
            case ast.Assign(value=ast.Name(id=name)) if name == thread:
                return None
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                if any(isinstance(e, ast.Name) and e.id == thread for e in elements):
                    return None
            case _:
                continue
    return read


def _included(function: Function, method: ast.AST) -> set[str]:
    """Return the fields that a dump is told to keep, empty when it keeps them all."""
    for node in within(function):
        match node:
            case ast.Call(func=func, keywords=keywords) if func is method:
                for keyword in keywords:
                    if keyword.arg == "include" and isinstance(keyword.value, ast.Set):
                        names = [e.value for e in keyword.value.elts if isinstance(e, ast.Constant)]
                        return {str(name) for name in names}
            case _:
                continue
    return set()


def _is_new(node: ast.Call, part: Function) -> bool:
    """Say whether the thread is made up here; another rule speaks of that."""
    return any(k.arg == "created_at" and is_now(k.value, present(part)) for k in node.keywords)
