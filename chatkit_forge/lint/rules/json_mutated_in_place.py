"""CKF220."""

import ast

from ..changed_columns import aliases_of, changed_by, changed_for, changes, changing, goes_on
from ..classes import Class
from ..json_columns import is_json
from ..module import Function, Module, within
from ..session_rows import Rows, rows_of
from ..store_rule import StoreRule
from ..stores import reached
from ..values import class_around

_TOLD = "flag_modified"


class JsonMutatedInPlace(StoreRule):
    """Find JSON columns of ORM rows that are changed in place.

    The session compares by identity: a key set inside the same dictionary is no change, and the
    commit writes nothing.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, session: Any, row: Any) -> None:
                self.session, self.row = session, row

            async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                found = await self.session.get(self.row, (context["user_id"], thread.id))
                if found is None:
                    raise NotFoundError(f"Thread {thread.id} not found")
                found.data["title"] = thread.title
                await self.session.commit()

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import NotFoundError, Store
        from chatkit.types import ThreadMetadata


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, session: Any, row: Any) -> None:
                self.session, self.row = session, row

            async def rename(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
                found = await self.session.get(self.row, (context["user_id"], thread.id))
                if found is None:
                    raise NotFoundError(f"Thread {thread.id} not found")
                found.data = {**found.data, "title": thread.title}
                await self.session.commit()

    Source: SQLAlchemy, Mutation Tracking.
    """

    code = "CKF220"
    name = "json-mutated-in-place"
    message = "{row}.{column} is changed in place: the session does not see it"
    hint = "assign a new dictionary, or declare the column MutableDict"

    def look(self, store: Class) -> None:
        """Look at rows that a store's methods load and change."""
        parts: dict[Function, Module] = dict.fromkeys(store.own.values(), self.module)
        for function in store.own.values():
            parts.update(reached(store, function))
        for part, module in parts.items():
            self._look(store, part, module)

    def _tells(self, store: Class, function: Function) -> bool:
        """Say whether a function, or a helper of its own, tells the session of the change."""
        return any(
            getattr(node, "id", getattr(node, "attr", "")) == _TOLD
            for part, _ in ((function, None), *reached(store, function))
            for node in within(part, ast.Name, ast.Attribute)
        )

    def _look(self, store: Class, function: Function, module: Module) -> None:
        nodes = changing(module, function)
        if not nodes:
            return
        owner = class_around(self.project, module, function) or store
        if not any(changes(n) or changed_for(store, owner, module, n) for n in nodes):
            return  # most functions: what their variables hold need not be found out
        rows: Rows = {}
        for name, table in rows_of(store, owner, function, module):
            rows[name] = table or rows.get(name)
        if not rows or self._tells(store, function):
            return
        aliases = aliases_of(function, rows)
        for node in nodes:
            changed = changed_by(node, aliases) or changed_for(store, owner, module, node)
            if changed is None or goes_on(module, node):
                continue
            row, column, by_key = changed
            if row in rows and is_json(module, rows[row], column, by_key=by_key):
                self.report(node, elsewhere=module, row=row, column=column)
