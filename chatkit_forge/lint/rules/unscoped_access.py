"""CKF201."""

from ..access import accesses
from ..classes import STORE, Class
from ..flow import is_used, tainted
from ..module import Function
from ..rule import Rule
from ..stores import reached

_OWNERS = ("user", "owner", "tenant", "account", "principal")


class UnscopedAccess(Rule):
    """Find methods of a store that touch data and never ask whose it is.

    Ids reach clients, logs and links. A method that looks only at an id shows one user's messages
    to another, or lets him change and delete them.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                await self.pool.execute("DELETE FROM items WHERE thread_id = $1", thread_id)
                await self.pool.execute("DELETE FROM threads WHERE id = $1", thread_id)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
                owner = context["user_id"]
                for table, key in (("items", "thread_id"), ("threads", "id")):
                    await self.pool.execute(
                        f"DELETE FROM {table} WHERE owner = $1 AND {key} = $2", owner, thread_id
                    )

    Source: 29 of 43 public stores show one user's data to another.
    """

    code = "CKF201"
    name = "unscoped-access"
    message = "{method}() touches stored data without asking whose it is"
    hint = "put the owner from `context` into the query, filter or key"

    def visit_store(self, store: Class) -> None:
        """Look at each of the SDK's methods."""
        about = self.sdk.classes.get(STORE)
        for name, function in store.own.items():
            method = about.methods.get(name) if about else None
            if method is not None and method.is_abstract and "context" in method.parameters:
                self._look(store, name, function)

    def _look(self, store: Class, name: str, function: Function) -> None:
        arguments = [argument.arg for argument in function.args.args]
        given = set(arguments[-1:]) if "context" not in arguments else {"context"}
        if (
            function.args.vararg
            or function.args.kwarg
            or is_used(function, tainted(function, given))
        ):
            return
        # A store made for one user, or one that the database itself scopes.
        code = self.module.code(function).lower()
        if any(f"self.{prefix}{word}" in code for word in _OWNERS for prefix in ("", "_")):
            return
        for inner, module in reached(store, function):
            first = next(accesses(store, inner), None)
            if first is not None:
                here = inner is function or module is not self.module
                self.report(first if here and module is self.module else function, method=name)
                return
