"""Which accesses of a method ask for something by its id and never by whose it is."""

import ast
from collections.abc import Iterator, Sequence

from .access import accesses, is_composed
from .acting import acts_for_owner
from .calls import Callee, callees
from .classes import Class
from .module import Module, within
from .owner_checks import Checks
from .owner_sql import name_owners, names_owner, only_counts, tells_owner
from .ownership import Ownership
from .sql import queries

Place = tuple[ast.AST, Module]
_STORES = frozenset({
    "insert_one", "insert_many", "create_item", "upsert_item", "put_item", "hset", "zadd", "lpush",
    "rpush", "sadd", "merge", "refresh", "set", "setdefault", "add", "replace_one", "write_text",
    "write_bytes", "mkdir",
})  # fmt: skip


class Scoping:
    """Look at one function, and at what it calls with the owner in hand."""

    def __init__(self, store: Class, callee: Callee, flow: Ownership, depth: int = 3) -> None:
        """Take a function of a store, or one it reaches, and how the owner flows in it."""
        self.store = store
        self.owner = callee.owner
        self.module, self.function = callee.module, callee.function
        self.flow = flow
        self.depth = depth
        self.sent = {query.node: query for query in queries(self.module, self.function)}
        self.data = set(accesses(callee.owner or store, self.function, self.module))
        self.checks = Checks(store, self.module, self.function, flow, self.data)
        # Until where in the source an id is known to be the owner's, and from where on.
        self._checked: set[str] = set()

    def unscoped(self) -> Iterator[Place]:
        """Yield what asks by an id alone, with the module it stands in."""
        # In most functions each access has the owner in it, whatever was checked before.
        if self.flow.compares() or not any(map(self._may_ask, self._nodes())):
            return
        for place in self._places():
            # Asked last: most methods leave nothing that it could excuse.
            if self._is_set_up():
                return
            yield place

    def known(self) -> set[str]:
        """Return the ids that are known to be the owner's once the function is done."""
        if self.flow.compares() or self._is_set_up():
            return set()
        for _ in self._places():
            pass
        return self._checked

    def _nodes(self) -> Sequence[ast.AST]:
        return within(self.function, ast.Call, ast.Subscript, ast.Compare)

    def _ids(self, node: ast.AST) -> set[str]:
        """Return the ids in an expression; a cursor is refused elsewhere."""
        return self.flow.ids_in(node) - {"after"}

    def _may_ask(self, node: ast.AST) -> bool:
        """Say whether a node asks by an id alone, or runs what may, as far as it shows itself."""
        is_data = node in self.data
        if not is_data and not isinstance(node, ast.Call):
            return False
        owned = self.flow.is_owned(node) and not self._says_nothing(node)
        if not owned:
            return bool(self._ids(node)) and (is_data or bool(self._called(node)))
        return node not in self.sent and self._hands_ids(node) and bool(self._called(node))

    def _places(self) -> Iterator[Place]:
        for node in self._nodes():
            ids = self._ids(node)
            if not ids:
                continue
            if self.flow.is_owned(node) and not self._says_nothing(node):
                if node not in self.sent and self._hands_ids(node):
                    for each in self._called(node):
                        yield from self._inside(node, each)
                if self.checks.is_check(node, self._called):
                    self._checked |= ids
                continue
            if ids & self._checked or self.checks.is_later(node):
                continue
            if node in self.data and self._reads(node):
                if not self._says_whose(node):
                    yield node, self.module
            elif any(self._blames(node, each) for each in self._called(node)):
                yield node, self.module

    def _called(self, node: ast.AST) -> list[Callee]:
        if not self.depth or not isinstance(node, ast.Call) or node in self.sent:
            return []
        return callees(self.store, self.owner, self.module, node)

    def _hands_ids(self, call: ast.AST) -> bool:
        """Say whether a call is given anything that it could ask for by an id alone."""
        if not isinstance(call, ast.Call):
            return False
        handed = [*call.args, *[keyword.value for keyword in call.keywords]]
        return any(not self.flow.is_owned(each) and self._ids(each) for each in handed)

    def _flow_in(self, call: ast.AST, callee: Callee) -> Ownership | None:
        """Follow the owner and the ids into a function that is called; None when no id goes in."""
        owned: set[str] = set()
        ids: set[str] = set()
        for name, value in callee.given:
            if self.flow.is_owned(value):
                owned.add(name)
            elif self._ids(value) - self._checked:
                ids.add(name)
        if not ids:
            return None
        if isinstance(call, ast.Call) and self.flow.is_owned(call.func):
            owned |= callee.kept
        return Ownership(callee.module, callee.function, owned, ids)

    def _inside(self, call: ast.AST, callee: Callee) -> Iterator[Place]:
        """Yield what a helper asks for by an id alone although it was given the owner."""
        flow = self._flow_in(call, callee)
        if flow is None or not flow.owned:
            return
        for node, module in Scoping(self.store, callee, flow, self.depth - 1).unscoped():
            if is_composed(module, callee.function, node):
                yield node, module

    def _blames(self, call: ast.AST, callee: Callee) -> bool:
        """Say whether a helper that was not given the owner asks for data by the ids it got."""
        flow = self._flow_in(call, callee)
        if flow is None:
            return False
        inner = Scoping(self.store, callee, flow, self.depth - 1)
        return next(inner.unscoped(), None) is not None

    def _reads(self, node: ast.AST) -> bool:
        """Say whether an access reads, changes or deletes what is there; not one that stores."""
        query = self.sent.get(node) if isinstance(node, ast.Call) else None
        if query is not None:
            return query.verb in {"SELECT", "UPDATE", "DELETE", "WITH"} and not only_counts(query)
        match node:
            case ast.Subscript(ctx=ast.Store()):
                return False
            case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
                return name not in _STORES and not any(k.arg == "upsert" for k in keywords)
            case _:
                return True

    def _says_whose(self, node: ast.AST) -> bool:
        """Say whether a statement names the owner, whoever puts him in, or cannot be seen."""
        query = self.sent.get(node) if isinstance(node, ast.Call) else None
        return query is not None and names_owner(query)

    def _says_nothing(self, node: ast.AST) -> bool:
        """Say whether a statement leaves out the owner that all others of its module name.

        Only a session knows him then, and it does not write his condition.
        """
        query = self.sent.get(node) if isinstance(node, ast.Call) else None
        if query is None:
            return False
        handed = [*query.node.args, *(keyword.value for keyword in query.node.keywords)]
        if any(self.flow.is_owned(each) for each in handed):
            return False
        if query.verb not in {"SELECT", "UPDATE", "DELETE"}:
            return False
        if only_counts(query):
            return False
        return " where " in query.flat and not names_owner(query) and name_owners(self.module)

    def _is_set_up(self) -> bool:
        """Say whether the owner is told to the database, or to a variable of the context."""
        if acts_for_owner(self.flow):
            return True
        for node in within(self.function, ast.Call):
            if not self.flow.is_owned(node):
                continue
            query = self.sent.get(node) if isinstance(node, ast.Call) else None
            if query is not None and tells_owner(query):
                return True
            match node:
                case ast.Call(func=ast.Attribute(attr="set"), args=[only], keywords=[]):
                    if not self.flow.ids_in(only):
                        return True
                case _:
                    for each in self._called(node):
                        if any(map(tells_owner, queries(each.module, each.function))):
                            return True
        return False
