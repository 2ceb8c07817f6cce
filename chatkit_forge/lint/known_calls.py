"""Calls that are known to do what their names say: of libraries, drivers and containers."""

import ast
import sys

from .module import Module
from .sql import EXECUTES

# Libraries whose functions delete nothing that their names do not say.
LIBRARIES = sys.stdlib_module_names | {
    "aioboto3", "aiofiles", "aiosqlite", "anyio", "asgiref", "asyncpg", "azure", "boto3",
    "botocore", "bson", "chatkit", "fastapi", "google", "motor", "orjson", "psycopg", "psycopg2",
    "psycopg_pool", "pydantic", "pymongo", "redis", "sqlalchemy", "sqlmodel", "starlette",
    "structlog", "typing_extensions",
}  # fmt: skip
# What takes an object out of a bucket: S3's, Azure's and MinIO's words.
UNSTORES = frozenset({"delete_object", "delete_blob", "remove_object"})
REMOVES = UNSTORES | frozenset({
    "hdel", "lrem", "zrem", "srem", "unlink", "delete_item", "delete", "delete_one", "pop",
    "remove", "delete_many", "discard", "clear",
})  # fmt: skip
# Methods of drivers, of containers and of strings that do what they say, and nothing beyond it.
READABLE = EXECUTES | REMOVES | {
    "get", "exists", "hget", "hgetall", "hexists", "hkeys", "hvals", "mget", "smembers",
    "sismember", "lrange", "zrange", "zrevrange", "zscore", "get_item", "read_item", "find_one",
    "find", "count_documents", "read_text", "is_file", "is_dir", "setdefault", "index", "count",
    "where", "filter", "filter_by", "eq", "begins_with", "values", "bindparams", "options", "in_",
    "query", "document", "collection", "doc", "joinpath", "with_name", "with_suffix", "Key",
    "join", "format", "encode", "strip", "split", "replace", "lower", "removeprefix", "startswith",
    "debug", "info", "warning", "error", "exception", "log", "hexdigest", "items", "keys",
    "begin", "transaction", "acquire", "lock", "watch", "cast", "loads", "and_",
    "first", "one_or_none", "pipeline", "wait_for", "bind", "quote",
}  # fmt: skip


def is_of_library(module: Module, value: ast.expr) -> bool:
    """Say whether an expression begins with what is imported from a well known library."""
    while isinstance(value, (ast.Attribute, ast.Call, ast.Subscript)):
        value = value.func if isinstance(value, ast.Call) else value.value
    full = module.names.imported.get(value.id, "") if isinstance(value, ast.Name) else ""
    return full.partition(".")[0] in LIBRARIES
