"""Objects that wait in the thread they are called in: drivers and clients without `await`."""

import ast

from .classes import Class
from .module import FUNCTIONS, Module, within
from .project import Project
from .values import called, class_around

# What makes them, by dotted name.
_MAKERS = frozenset({
    "azure.cosmos.CosmosClient", "azure.storage.blob.BlobServiceClient", "boto3.Session",
    "boto3.client", "boto3.resource", "boto3.session.Session", "cassandra.cluster.Cluster",
    "chromadb.Client", "chromadb.HttpClient", "duckdb.connect", "elasticsearch.Elasticsearch",
    "google.cloud.firestore.Client", "google.cloud.storage.Client", "httpx.Client",
    "mysql.connector.connect", "openai.AzureOpenAI", "openai.OpenAI", "psycopg.Connection.connect",
    "psycopg.connect", "psycopg2.connect", "psycopg2.pool.SimpleConnectionPool",
    "psycopg2.pool.ThreadedConnectionPool", "psycopg_pool.ConnectionPool", "pymongo.MongoClient",
    "pymongo.mongo_client.MongoClient", "pymysql.connect", "qdrant_client.QdrantClient",
    "redis.ConnectionPool", "redis.Redis", "redis.Redis.from_url", "redis.StrictRedis",
    "redis.client.Redis", "redis.from_url", "requests.Session", "requests.session",
    "sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlalchemy.orm.Session",
    "sqlalchemy.orm.scoped_session", "sqlalchemy.orm.sessionmaker", "sqlite3.connect",
    "sqlmodel.Session", "sqlmodel.create_engine", "supabase.create_client", "urllib3.PoolManager",
})  # fmt: skip
# And what a parameter or an attribute is declared to be.
_TYPES = frozenset({
    "httpx.Client", "openai.AzureOpenAI", "openai.OpenAI", "psycopg.Connection",
    "psycopg_pool.ConnectionPool", "pymongo.MongoClient", "qdrant_client.QdrantClient",
    "redis.Redis", "redis.client.Redis", "requests.Session", "sqlalchemy.Engine",
    "sqlalchemy.engine.Engine", "sqlalchemy.Connection", "sqlalchemy.orm.Session",
    "sqlalchemy.orm.sessionmaker", "sqlite3.Connection", "sqlite3.Cursor", "sqlmodel.Session",
    "pymongo.collection.Collection", "pymongo.database.Database", "supabase.Client",
    "elasticsearch.Elasticsearch", "azure.cosmos.CosmosClient", "azure.cosmos.ContainerProxy",
    "google.cloud.firestore.Client",
})  # fmt: skip
_WRAPPING = frozenset({"closing", "nullcontext", "cast", "enter_context"})
_MAKING = (ast.Call, ast.Subscript, ast.Attribute, ast.BoolOp)
_HOLDS_ONE = frozenset({"Iterator", "Generator", "Callable", "Optional", "Annotated", "Iterable"})


class Clients:
    """Hold which names and attributes of a module are such objects, and where that is so."""

    def __init__(self, project: Project, module: Module) -> None:
        """Stand on a module; `look` reads it."""
        self._project = project
        self._module = module
        # Of a plain name the function it is known in, None for the module; of "self.x" the class.
        self._held: set[tuple[ast.AST | None, str]] = set()

    def holds(self, node: ast.AST, name: str | None) -> bool:
        """Say whether a name or attribute (".conn") is such an object at this place."""
        if name is None:
            return False
        if name.startswith("."):
            owner = class_around(self._project, self._module, node)
            lineage = owner.lineage if owner is not None else ()
            return any(clients(self._project, each.module).keeps(each, name) for each in lineage)
        scopes = [p for p in self._module.ancestors(node) if isinstance(p, FUNCTIONS)]
        if any((scope, name) in self._held for scope in scopes):
            return True
        if any(_binds(scope, name) for scope in scopes):
            return False  # another thing of that name
        return (None, name) in self._held or self._imports(name)

    def keeps(self, owner: Class, attribute: str) -> bool:
        """Say whether a class of the module keeps such an object under an attribute."""
        return (owner.node, attribute) in self._held

    def has(self, name: str) -> bool:
        """Say whether the module holds such an object under a name of its own."""
        return (None, name) in self._held

    def _imports(self, name: str) -> bool:
        """Say whether a name is such an object of another module of the project."""
        package, _, last = self._module.names.imported.get(name, "").rpartition(".")
        other = self._project.module(package, self._module) if package else None
        return other is not None and clients(self._project, other).has(last)

    def look(self) -> None:
        """Look at what the module assigns, opens with `with` and is given."""
        module = self._module
        for argument in module.nodes(ast.arg):
            if argument.annotation is not None and self._is_type(argument.annotation):
                function = module.parents.get(module.parents[argument])
                self._held.add((function, argument.arg))
                self._keep(function, argument.arg)
        for node in module.nodes(ast.Assign, ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            declared = isinstance(node, ast.AnnAssign) and self._is_type(node.annotation)
            if declared or (node.value is not None and self._is_made(node.value)):
                for target in targets:
                    self._add(target)
        for item in module.nodes(ast.withitem):
            if isinstance(module.parents[item], ast.AsyncWith):
                continue
            if item.optional_vars is not None and self._is_made(item.context_expr):
                self._add(item.optional_vars)

    def _add(self, target: ast.expr) -> None:
        name = _name(target)
        if name is not None:
            attribute = name.startswith(".")
            scope = self._module.class_of(target) if attribute else self._scope(target)
            self._held.add((scope, name))

    def _scope(self, node: ast.AST) -> ast.AST | None:
        function = self._module.function_of(node)
        declared = function is not None and any(
            isinstance(each, ast.Global) and getattr(node, "id", "") in each.names
            for each in within(function, ast.Global)
        )
        return None if declared else function

    def _keep(self, function: ast.AST | None, given: str) -> None:
        """Remember the attributes that a function keeps a parameter under."""
        for node in within(function, ast.Assign) if function is not None else ():
            match node:
                case ast.Assign(targets=[target], value=ast.Name(id=name)) if name == given:
                    self._add(target)
                case _:
                    continue

    def _is_type(self, annotation: ast.expr) -> bool:
        if isinstance(annotation, ast.Name):
            return self._module.names.imported.get(annotation.id) in _TYPES
        match annotation:
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
                if name in _HOLDS_ONE:
                    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                    return any(self._is_type(part) for part in parts)
                return self._is_type(annotation.value)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._is_type(left) or self._is_type(right)
            case ast.List(elts=parts):
                return any(self._is_type(part) for part in parts)
            case ast.Constant(value=str(text)):
                first, dot, rest = text.partition(".")
                full = self._module.names.imported.get(first, first)
                return f"{full}{dot}{rest}" in _TYPES
            case _:
                return self._module.names.resolve(annotation) in _TYPES

    def _is_made(self, value: ast.expr, depth: int = 6) -> bool:
        """Say whether an expression makes such an object, or is a part of one."""
        if not isinstance(value, _MAKING):
            return False
        match value:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[*_, inner]) if (
                name in _WRAPPING
            ):
                return self._is_made(inner, depth)
            case ast.Call(func=func):
                if self._module.names.resolve(func) in _MAKERS:
                    return True
                name = _name(func)
                if name is not None and self.holds(func, name):
                    return True  # `self.sessions()`, made by `sessionmaker`
                if depth and self._is_returned(value, depth):
                    return True
                # A cursor of a connection, a collection of a client.
                return isinstance(func, ast.Attribute) and self._is_part(func.value, depth)
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                return self._is_part(inner, depth)
            case ast.BoolOp(values=values):
                return any(self._is_made(each, depth) for each in values)
            case _:
                return False

    def _is_part(self, value: ast.expr, depth: int) -> bool:
        name = _name(value)
        if name is not None and self.holds(value, name):
            return True
        return self._is_made(value, depth)

    def _is_returned(self, value: ast.Call, depth: int) -> bool:
        """Say whether a function of the same file returns or yields such an object."""
        found = called(self._project, self._module, value)
        if found is None or found[1] is not self._module or not isinstance(
            found[0], ast.FunctionDef
        ):  # fmt: skip
            return False
        function = found[0]
        if function.returns is not None and self._is_type(function.returns):
            return True
        return any(
            self._is_part(node.value, depth - 2)
            for node in within(function, ast.Return, ast.Yield, nested=False)
            if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None and depth > 1
        )


def clients(project: Project, module: Module) -> Clients:
    """Return what is known of a module's clients."""
    key = ("clients", module.tree)
    if key not in module.known:
        # Known before it is read: two modules may import each other.
        found = module.known[key] = Clients(project, module)
        found.look()
    return module.known[key]


def _binds(scope: ast.AST, name: str) -> bool:
    """Say whether a function gives a name another meaning."""
    if isinstance(scope, FUNCTIONS):
        arguments = (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)
        if any(argument.arg == name for argument in arguments):
            return True
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in within(scope, ast.Name)
    )


def _name(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return f".{name}"
        case _:
            return None


def held_by(value: ast.expr) -> str | None:
    """Return the name or attribute that a method is called on: "s3" or ".conn"."""
    while isinstance(value, (ast.Subscript, ast.Call)):
        value = value.value if isinstance(value, ast.Subscript) else value.func
        if isinstance(value, ast.Attribute) and not (
            isinstance(value.value, ast.Name) and value.value.id == "self"
        ):
            value = value.value
    while isinstance(value, ast.Attribute):
        if isinstance(value.value, ast.Name) and value.value.id in {"self", "cls"}:
            return f".{value.attr}"
        value = value.value
    return value.id if isinstance(value, ast.Name) else None
