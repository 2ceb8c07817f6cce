"""Which accesses of a method ask for something by its id and never by whose it is."""

import ast
import re
from collections.abc import Iterator, Sequence

from .access import accesses, is_composed
from .calls import Callee, callees
from .classes import Class
from .module import Module, within
from .ownership import Ownership
from .sql import Query, queries

# What a column or a parameter is called that says whose a row is.
OWNER = re.compile(
    r"owner|user|tenant|account|principal|customer|member|org|workspace|team|subject|identity"
    r"|creator|author|company|caller|profile|person|visitor|reader|client_|partition|login|email"
    r"|\b(c\.)?(uid|sub|oid|who|pk)\b|current_setting|auth\."
)
_LOGS = frozenset({
    "debug", "info", "warning", "error", "exception", "critical", "log", "print", "isinstance",
    "bind", "incr", "increment", "observe", "span", "record", "track", "note",
})  # fmt: skip
_COUNTS = re.compile(
    r"^(with .*)?select (distinct )?"
    r"(count|max|min|sum|coalesce|nextval|exists|last_insert_rowid) ?\("
)
_SETS = re.compile(r"set_config|^set (local|session|app|@)|set local")
# What stands in braces is put in elsewhere: a whole condition, not the column of one.
_TABLE = re.compile(r"\b(?:from|join|update) [\"'`]?(?:\w+\.)?\w*\{\w*\}")
_HIDDEN = re.compile(
    r"(?:^|\band|\bor|\bnot|\()\s*\{\w*\}(?!\s*(?:=|<|>|in\b|is\b))|\s\{\w*\}\s*(?:and\b|limit\b|$|\))"
)
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
Place = tuple[ast.AST, Module]


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
        # Until where in the source an id is known to be the owner's, and from where on.
        self.checked: set[str] = set()

    def unscoped(self) -> Iterator[Place]:
        """Yield what asks by an id alone, with the module it stands in."""
        if self.flow.compares() or self._is_set_up():
            return
        for node in within(self.function, ast.Call, ast.Subscript, ast.Compare):
            ids = self.flow.ids_in(node) - {"after"}
            called = self._called(node) if isinstance(node, ast.Call) else []
            if self.flow.is_owned(node) and not self._says_nothing(node):
                for each in called:
                    yield from self._inside(node, each)
                if ids and self._is_check(node, called):
                    self.checked |= ids
                continue
            if not ids or ids & self.checked or self.is_checked_later(node):
                continue
            if node in self.data and self._reads(node):
                if not self._says_whose(node):
                    yield node, self.module
            elif called and any(self._blames(node, each) for each in called):
                yield node, self.module

    def _called(self, node: ast.AST) -> list[Callee]:
        if not self.depth or not isinstance(node, ast.Call) or node in self.sent:
            return []
        return callees(self.store, self.owner, self.module, node)

    def _flow_in(self, call: ast.AST, callee: Callee) -> Ownership:
        """Follow the owner and the ids into a function that is called."""
        owned: set[str] = set()
        ids: set[str] = set()
        for name, value in callee.given:
            if self.flow.is_owned(value):
                owned.add(name)
            elif self.flow.ids_in(value) - {"after"} - self.checked:
                ids.add(name)
        if isinstance(call, ast.Call) and self.flow.is_owned(call.func):
            owned |= callee.kept
        return Ownership(callee.module, callee.function, owned, ids)

    def _inside(self, call: ast.AST, callee: Callee) -> Iterator[Place]:
        """Yield what a helper asks for by an id alone although it was given the owner."""
        flow = self._flow_in(call, callee)
        if not flow.ids or not flow.owned:
            return
        for node, module in Scoping(self.store, callee, flow, self.depth - 1).unscoped():
            if is_composed(module, callee.function, node):
                yield node, module

    def _blames(self, call: ast.AST, callee: Callee) -> bool:
        """Say whether a helper that was not given the owner asks for data by the ids it got."""
        flow = self._flow_in(call, callee)
        inner = Scoping(self.store, callee, flow, self.depth - 1)
        return bool(flow.ids) and next(inner.unscoped(), None) is not None

    def _reads(self, node: ast.AST) -> bool:
        """Say whether an access reads, changes or deletes what is there; not one that stores."""
        query = self.sent.get(node) if isinstance(node, ast.Call) else None
        if query is not None:
            return query.verb in {"SELECT", "UPDATE", "DELETE", "WITH"} and not _COUNTS.match(
                query.flat
            )
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
        if query is None or query.verb not in {"SELECT", "UPDATE", "DELETE"}:
            return False
        handed = [*query.node.args, *(keyword.value for keyword in query.node.keywords)]
        if any(self.flow.is_owned(each) for each in handed):
            return False
        if _COUNTS.match(query.flat):
            return False
        return " where " in query.flat and not names_owner(query) and _name_owners(self.module)

    def _is_set_up(self) -> bool:
        """Say whether the owner is told to the database, or to a variable of the context."""
        for node in within(self.function, ast.Call):
            if not self.flow.is_owned(node):
                continue
            query = self.sent.get(node) if isinstance(node, ast.Call) else None
            if query is not None and _SETS.search(query.flat):
                return True
            match node:
                case ast.Call(func=ast.Attribute(attr="set"), args=[only], keywords=[]):
                    if not self.flow.ids_in(only):
                        return True
                case _:
                    for each in self._called(node):
                        if any(_SETS.search(q.flat) for q in queries(each.module, each.function)):
                            return True
        return False

    def _is_check(self, node: ast.AST, called: Sequence[Callee]) -> bool:
        """Say whether nothing after this runs for an id that is not the owner's."""
        if isinstance(node, ast.Call) and node not in self.data:
            name = _name(node)
            if name in _LOGS or name[:1].isupper():
                return False
            if called:
                if any(refuses(self.store, each) for each in called):
                    return True
                if not any(finds(self.store, each) for each in called):
                    return False
            elif not self._is_awaited(node):
                return False
            elif isinstance(self._statement(node), (ast.Expr, ast.Return)):
                return True
        return self._decides(node)

    def _is_awaited(self, node: ast.AST) -> bool:
        return isinstance(self.module.parents.get(node), ast.Await)

    def _statement(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.stmt) and node in self.module.parents:
            node = self.module.parents[node]
        return node

    def _decides(self, node: ast.AST) -> bool:
        """Say whether what a look found decides if the method goes on."""
        statement = self._statement(node)
        names = results(self.module, node)
        match statement:
            case ast.If(test=test, body=body) if node is test or node in within(test):
                if isinstance(body[-1], _LEAVES) or not _is_denied(test):
                    return True
            case ast.Assert():
                return True
            case _:
                pass
        for each in within(self.function, ast.If, ast.Assert):
            match each:
                case ast.If(test=test, body=body) if each is not statement:
                    if self.flow.tokens(test) & names and (
                        isinstance(body[-1], _LEAVES) or not _is_denied(test)
                    ):
                        return True
                case ast.Assert(test=test) if self.flow.tokens(test) & names:
                    return True
                case _:
                    continue
        return False

    def is_checked_later(self, node: ast.AST) -> bool:
        """Say whether what was found is handed on together with the owner."""
        names = results(self.module, node)
        for call in within(self.function, ast.Call) if names else ():
            if isinstance(call, ast.Call) and _name(call) not in _LOGS and call not in self.data:
                tokens = self.flow.tokens(call)
                if tokens & names and tokens & self.flow.direct:
                    return True
        return False


def lists(scoping: Scoping) -> Iterator[ast.AST]:
    """Yield what reads every row there is, whoever owns it, to make a list of it."""
    flow = scoping.flow
    for node in within(scoping.function, ast.Call):
        if node not in scoping.data or flow.is_owned(node) or flow.ids_in(node):
            continue
        query = scoping.sent.get(node) if isinstance(node, ast.Call) else None
        if query is not None:
            is_list = query.verb == "SELECT" and " from " in query.flat
            is_list = is_list and not _COUNTS.match(query.flat) and not names_owner(query)
        else:
            is_list = isinstance(node, ast.Call) and _name(node) in _LISTS
        if is_list and not flow.compares() and not scoping.is_checked_later(node):
            yield node


def selects(scoping: Scoping) -> Iterator[ast.AST]:
    """Yield the `select(Row)` of a list to which nobody adds a condition on the owner himself."""
    flow = scoping.flow
    for node in within(scoping.function, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not flow.is_owned(value):
                made = [n for n in (value, *within(value, ast.Call)) if _selects_rows(n)]
            case _:
                continue
        later = [
            each.value
            for each in within(scoping.function, ast.Assign)
            if isinstance(each, ast.Assign) and each is not node and name in results_of(each)
        ]
        told = any(not flow.direct.isdisjoint(flow.tokens(each)) for each in later)
        if made and not told and not flow.ids_in(value) and not flow.compares():
            yield made[0]


def results_of(node: ast.Assign) -> set[str]:
    """Return the names that an assignment gives a value."""
    return {name for target in node.targets for name in _names(target)}


def _selects_rows(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="select") | ast.Attribute(attr="select"), args=[only]):
            return isinstance(only, ast.Name) and only.id[:1].isupper()
        case _:
            return False


_LISTS = frozenset({"find", "values", "items", "hgetall", "hvals", "zrange", "zrevrange", "lrange"})
_STORES = frozenset({
    "insert_one", "insert_many", "create_item", "upsert_item", "put_item", "hset", "zadd", "lpush",
    "rpush", "sadd", "merge", "refresh", "set", "setdefault", "add", "replace_one", "write_text",
    "write_bytes", "mkdir",
})  # fmt: skip


def names_owner(query: Query) -> bool:
    """Say whether a statement's conditions speak of an owner, or are not all to be seen."""
    text = query.flat.partition(" order by ")[0]
    conditions = text.partition(" where ")[2] + " " + " ".join(text.split(" on ")[1:])
    if " where " not in text:
        return "{" in _TABLE.sub("", text)
    return _HIDDEN.search(conditions) is not None or OWNER.search(conditions) is not None


def _name_owners(module: Module) -> bool:
    """Say whether the statements of a module name the owner, nearly all of them."""
    key = ("name owners", module.tree)
    if key not in module.known:
        every = [
            query
            for function in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
            for query in queries(module, function)
            if query.verb in {"SELECT", "UPDATE", "DELETE"} and " where " in query.flat
        ]
        silent = sum(not names_owner(query) for query in every)
        text = module.text.lower()
        told = any(word in text for word in ("set_config", "current_setting", "row level"))
        module.known[key] = len(every) - silent > 3 * silent and not told
    return module.known[key]


def refuses(store: Class, callee: Callee) -> bool:
    """Say whether a function raises for what the owner does not have."""
    for function, module in callee.reached(store):
        for node in within(function, ast.Raise):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                name = (module.names.resolve(raised) or "").rpartition(".")[2]
                if name not in {"PermissionError", "ValueError", "TypeError", "RuntimeError"}:
                    return True
                if name == "PermissionError" and finds(store, callee):
                    return True
    return False


def finds(store: Class, callee: Callee) -> bool:
    """Say whether a function looks at stored data."""
    return any(
        next(accesses(store, function, module), None) is not None
        for function, module in callee.reached(store)
    )


def results(module: Module, node: ast.AST) -> frozenset[str]:
    """Return the names that what an expression finds is given to."""
    child = node
    for parent in module.ancestors(node):
        match parent:
            case ast.Assign(targets=targets):
                return frozenset(n for target in targets for n in _names(target))
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return frozenset(_names(target))
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                return frozenset(_names(target)) if value is child else frozenset()
            case ast.withitem(optional_vars=ast.expr() as target):
                return frozenset(_names(target))
            case ast.comprehension(target=target, iter=value) if value is child:
                return frozenset(_names(target))
            case ast.stmt():
                return frozenset()
            case _:
                child = parent
    return frozenset()


def _names(target: ast.expr) -> Iterator[str]:
    for each in (target, *within(target, ast.Name)):
        if isinstance(each, ast.Name):
            yield each.id


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_denied(test: ast.expr) -> bool:
    """Say whether a test asks for what is missing: `row is None`, `not rows`."""
    match test:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.Is() | ast.NotIn() | ast.Eq()]):
            return True
        case ast.BoolOp(values=values):
            return any(_is_denied(value) for value in values)
        case _:
            return False
