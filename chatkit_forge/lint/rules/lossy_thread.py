"""CKF207."""

import ast
from collections.abc import Iterator, Set

from ..classes import Class
from ..dumps import Dump, dumps
from ..kept_columns import not_updated
from ..made_up import is_made_up
from ..module import Function, Module, within
from ..partial_updates import Saved
from ..sdk_names import definition, given, models
from ..sql import queries
from ..store_rule import StoreRule
from ..stores import names_in, reached
from ..taken_parameters import taken_as
from ..validations import validations

_THREAD = "chatkit.types.ThreadMetadata"
# Kept in columns of their own by everybody.
_ALWAYS = frozenset({"id", "created_at"})


class LossyThread(StoreRule):
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

    def look(self, store: Class) -> None:
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
        whole = False
        for part, module in reached(store, function):
            taken = thread if part is function else taken_as(part, module, thread, _is_thread)
            fields_read = _fields_read(module, part, taken, fields) if taken else set[str]()
            whole = whole or fields_read is None
            read |= fields_read or set()
            if taken:
                saved = Saved(module, part, taken, frozenset(fields))
                for node, left in saved.partial_updates():
                    shown = ", ".join(left)
                    self.report(node, elsewhere=module, method="save_thread", fields=shown)
            if part.name.startswith(("load_", "add_", "save_item")):
                continue
            for node, dropped in not_updated(module, queries(module, part), fields):
                shown = ", ".join(dropped)
                self.report(node, elsewhere=module, method="save_thread", fields=shown)
        missing = fields - read
        # Nothing read at all is something else: handed on in a way that is not understood.
        if not whole and read and missing:
            shown = ", ".join(sorted(missing))
            self.report(function, method="save_thread", fields=shown)

    def _loaded(self, store: Class, function: Function, fields: set[str], name: str) -> None:
        for part, module in reached(store, function):
            for node, keywords in self._made(module, part):
                missing = fields - keywords
                if keywords and missing and not is_made_up(module, part, node):
                    shown = ", ".join(sorted(missing))
                    self.report(node, elsewhere=module, method=name, fields=shown)

    def _made(self, module: Module, part: Function) -> list[tuple[ast.Call, Set[str]]]:
        """Return where a function makes a thread, with the fields; both methods may share it."""
        key = ("threads made", part)
        if key not in module.known:
            module.known[key] = list(self._making(module, part))
        return module.known[key]

    def _making(self, module: Module, part: Function) -> Iterator[tuple[ast.Call, Set[str]]]:
        for node, made in models(self.sdk, module, part):
            if made[0] == _THREAD:
                yield node, (given(node) or {}).keys()
        for node, owner, data in validations(module, part):
            if definition(self.sdk, module.names.resolve(owner)) == _THREAD:
                yield node, _keys(data) or set()


def _keys(node: ast.expr) -> set[str] | None:
    """Return the keys of a dictionary, None when not all of them can be seen."""
    match node:
        case ast.Dict(keys=keys) if all(isinstance(key, ast.Constant) for key in keys):
            return {str(key.value) for key in keys if isinstance(key, ast.Constant)}
        case _:
            return None


def _is_thread(word: str) -> bool:
    return "ThreadMetadata" in word


def _fields_read(
    module: Module, function: Function, thread: str, fields: set[str]
) -> set[str] | None:
    """Return the fields of the thread that a function reads, None when it takes it whole."""
    read: set[str] = set()
    kept: dict[ast.AST, Dump] = {dump.method: dump for dump in dumps(module, function, thread)}
    for node in within(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=field) if name == thread:
                if node in kept:
                    left = kept[node].left(fields)
                    if left is None:
                        return None
                    read |= left
                elif field.startswith(("model_", "dict", "json", "copy", "__")):
                    return None
                read.add(field)
            case ast.Call(func=func, args=args, keywords=keywords):
                own = isinstance(func, ast.Attribute) and names_in(func.value) & {"self", "cls"}
                own = own and not isinstance(getattr(func, "value", None), ast.Attribute)
                whole = [*args, *(keyword.value for keyword in keywords)]
                if own or _only_looks(func):
                    continue
                if any(isinstance(v, ast.Name) and v.id == thread for v in whole):
                    return None
            case ast.Assign(value=ast.Name(id=name)) if name == thread:
                return None
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Dict(values=elements):
                if any(isinstance(e, ast.Name) and e.id == thread for e in elements):
                    return None
            case _:
                continue
    return read


def _only_looks(func: ast.expr) -> bool:
    """Say whether a call asks for a type, or tells the log of something."""
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {
                "isinstance", "type", "len", "debug", "info", "warning", "error", "exception",
            }  # fmt: skip
        case _:
            return False
