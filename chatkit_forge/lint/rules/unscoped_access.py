"""CKF201."""

import ast
from functools import cache

from ..access import accesses
from ..calls import Callee
from ..classes import STORE, Class
from ..flow import is_used, tainted
from ..listing import lists, selects
from ..module import Function, within
from ..ownership import Ownership, own_attributes
from ..scoped_sessions import narrows
from ..scoping import Scoping
from ..store_rule import StoreRule
from ..stores import called_function, reached

_OWNERS = ("user", "owner", "tenant", "account", "principal")


class UnscopedAccess(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at each of the SDK's methods."""
        about = self.sdk.classes.get(STORE)
        for name, function in store.own.items():
            method = about.methods.get(name) if about else None
            if method is not None and method.is_abstract and "context" in method.parameters:
                self._look(store, name, function)

    def _look(self, store: Class, name: str, function: Function) -> None:
        arguments = [argument.arg for argument in function.args.args[1:]]
        given = set(arguments[-1:]) if "context" not in arguments else {"context"}
        # A store made for one user, or one that the database itself scopes.
        if self._is_for_one(function) or self._is_wrapped(store, function):
            return
        flow = Ownership(self.module, function, given, {*arguments} - given - {"limit", "order"})
        if (
            function.args.vararg
            or function.args.kwarg
            or is_used(function, given)
            or is_used(function, tainted(function, given))
            or _is_kept(function, flow)
            or any(flow.is_owned(node) for node in accesses(store, function, self.module))
        ) and not _is_only_asked(function, given):
            self._parts(store, name, function, flow)
            return
        for inner, module in reached(store, function):
            first = next(accesses(store, inner, module), None)
            if first is not None and not narrows(store):
                here = inner is function or module is not self.module
                self.report(first if here and module is self.module else function, method=name)
                return

    def _parts(self, store: Class, name: str, function: Function, flow: Ownership) -> None:
        """Look at each access of a method that asks for the owner somewhere."""
        if not name.startswith(("load_", "delete_")):
            return
        scoping = Scoping(store, Callee(function, self.module, store), flow)
        found = next(scoping.unscoped(), None)
        if found is None and name == "load_threads":
            every = (*lists(scoping), *selects(scoping))
            found = next(((node, self.module) for node in every), None)
        if found is not None and not narrows(store):
            self.report(found[0], elsewhere=found[1], method=name)

    def _is_for_one(self, function: Function) -> bool:
        """Say whether a method asks the object itself for the owner, not the context."""
        asked = self._asked()
        return bool(asked) and not asked.isdisjoint(within(function, ast.Attribute))

    def _asked(self) -> set[ast.AST]:
        """Return where anything in the file has an owner of its own: few files' objects do."""
        key = ("own owners", None)
        if key not in self.module.known:
            parents = self.module.parents
            self.module.known[key] = {
                node
                for node in own_attributes(self.module, _is_owners)
                if not (isinstance(call := parents.get(node), ast.Call) and call.func is node)
            }
        return self.module.known[key]

    def _is_wrapped(self, store: Class, function: Function) -> bool:
        """Say whether a decorator of the project's own, or one that says so, asks for the owner."""
        for each in function.decorator_list:
            plain = each.func if isinstance(each, ast.Call) else each
            name = (self.module.names.resolve(plain) or "").lower()
            if any(word in name for word in (*_OWNERS, "scope", "auth", "require", "guard")):
                return True
            last = name.rpartition(".")[2]
            found = called_function(store, self.module, last) if last else None
            if found and any(
                isinstance(node, ast.Name) and node.id in {"context", "ctx"}
                for node in within(found[0], ast.Name)
            ):
                return True
        return False


@cache
def _is_owners(name: str) -> bool:
    """Say whether an attribute is called like what an object keeps its owner in."""
    return name.lstrip("_").lower().startswith(_OWNERS)


def _is_kept(function: Function, flow: Ownership) -> bool:
    """Say whether the owner is stored beside an object, in a dictionary or a row."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], (ast.Subscript, ast.Attribute))
        and flow.is_owned(node.value)
        for node in within(function, ast.Assign)
    )


def _is_only_asked(function: Function, given: set[str]) -> bool:
    """Say whether a method only asks who the caller is, and does nothing with the answer."""
    answers: set[str] = set()
    idle: set[ast.AST] = set()
    for node in function.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks(value, given):
                answers.add(name)
                idle |= {node, *within(node)}
            case ast.Expr(value=value) if _asks(value, given):
                idle |= {node, *within(node)}
            case _:
                continue
    if not idle:
        return False
    return not any(
        isinstance(node, ast.Name)
        and node.id in answers | given
        and isinstance(node.ctx, ast.Load)
        and node not in idle
        for node in within(function, ast.Name)
    )


def _asks(value: ast.expr, given: set[str]) -> bool:
    """Say whether this is `self._owner(context)`, or the like: of the context, and nothing else."""
    value = value.value if isinstance(value, ast.Await) else value
    match value:
        case ast.Call(
            func=ast.Attribute(attr=name) | ast.Name(id=name), args=[ast.Name(id=argument)]
        ):
            words = (*_OWNERS, "uid", "require_auth")
            return argument in given and any(word in name.lower() for word in words)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant()):
            return name in given
        case _:
            return False
