"""Objects that wait in the thread they are called in: drivers and clients without `await`."""

import ast

from .module import Module, within

# What makes them, by dotted name.
_MAKERS = frozenset({
    "azure.cosmos.CosmosClient", "boto3.client", "boto3.resource",
    "elasticsearch.Elasticsearch", "google.cloud.firestore.Client", "httpx.Client",
    "mysql.connector.connect", "openai.OpenAI", "psycopg.connect", "psycopg2.connect",
    "psycopg2.pool.SimpleConnectionPool", "psycopg2.pool.ThreadedConnectionPool",
    "psycopg_pool.ConnectionPool", "pymongo.MongoClient", "pymysql.connect",
    "qdrant_client.QdrantClient", "redis.Redis", "redis.Redis.from_url", "redis.StrictRedis",
    "redis.from_url", "requests.Session", "sqlalchemy.create_engine", "sqlalchemy.orm.Session",
    "sqlalchemy.orm.sessionmaker", "sqlite3.connect", "sqlmodel.Session",
    "sqlmodel.create_engine", "supabase.create_client",
})  # fmt: skip
# And what a parameter or an attribute is declared to be.
_TYPES = frozenset({
    "httpx.Client", "openai.OpenAI", "psycopg.Connection", "psycopg_pool.ConnectionPool",
    "pymongo.MongoClient", "qdrant_client.QdrantClient", "redis.Redis", "requests.Session",
    "sqlalchemy.Engine", "sqlalchemy.orm.Session", "sqlite3.Connection", "sqlite3.Cursor",
    "sqlmodel.Session", "pymongo.collection.Collection", "pymongo.database.Database",
})  # fmt: skip


def blocking(module: Module) -> frozenset[str]:
    """Return the names and attributes ("s3", ".conn") of a module that hold such an object."""
    key = ("blocking", module.tree)
    if key not in module.known:
        module.known[key] = frozenset(_found(module))
    return module.known[key]


def _found(module: Module) -> set[str]:
    found: set[str] = set()
    for node in module.nodes(ast.Assign, ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        declared = isinstance(node, ast.AnnAssign) and _is_type(module, node.annotation)
        if declared or (node.value is not None and _is_made(module, node.value, found)):
            found |= {name for target in targets if (name := _name(target)) is not None}
    for item in module.nodes(ast.withitem):
        if item.optional_vars is not None and _is_made(module, item.context_expr, found):
            name = _name(item.optional_vars)
            found |= {name} if name else set()
    for argument in module.nodes(ast.arg):
        if argument.annotation is not None and _is_type(module, argument.annotation):
            found.add(argument.arg)
            found |= _kept(module, argument)
    return found


def _kept(module: Module, argument: ast.arg) -> set[str]:
    """Return the attributes that a function keeps a parameter under."""
    function = module.parents.get(module.parents[argument])
    kept: set[str] = set()
    for node in within(function) if function is not None else ():
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                value=ast.Name(id=given),
            ) if given == argument.arg:
                kept.add(f".{name}")
            case _:
                continue
    return kept


def _is_type(module: Module, annotation: ast.expr) -> bool:
    plain = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return module.names.resolve(plain) in _TYPES


def _is_made(module: Module, value: ast.expr, known: set[str]) -> bool:
    match value:
        case ast.Call(func=func):
            if module.names.resolve(func) in _MAKERS:
                return True
            if _name(func) in known and not isinstance(func, ast.Name):
                return True  # `self.sessions()`, made by `sessionmaker`
            if isinstance(func, ast.Name) and func.id in known:
                return True
            # A cursor of a connection, a collection of a client.
            return isinstance(func, ast.Attribute) and _is_part(module, func.value, known)
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return _is_part(module, inner, known)
        case _:
            return False


def _is_part(module: Module, value: ast.expr, known: set[str]) -> bool:
    return _name(value) in known or _is_made(module, value, known)


def _name(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
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
        if isinstance(value.value, ast.Name) and value.value.id == "self":
            return f".{value.attr}"
        value = value.value
    return value.id if isinstance(value, ast.Name) else None
