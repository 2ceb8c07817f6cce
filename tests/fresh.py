"""What a generated project's own tests get: a database that nobody else uses, and less to do."""

import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import aiomysql  # pyright: ignore[reportMissingTypeStubs] (it has none)

# asyncpg carries neither stubs nor a py.typed file.
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from pymongo import AsyncMongoClient

from .servers.urls import url

SERVERS: Final = ("postgres", "mysql", "mariadb", "mongodb")
# The contract's own tests play thirty sequences on every backend. And hypothesis keeps what it
# finds out about Unicode, which takes it a second, where it runs: here all projects find it.
LIGHT: Final = {
    "PYTEST_ADDOPTS": f"{os.environ.get('PYTEST_ADDOPTS', '')} --chatkit-examples=2",
    "HYPOTHESIS_STORAGE_DIRECTORY": str(Path(__file__).resolve().parents[1] / ".hypothesis"),
}


@asynccontextmanager
async def database(server: str) -> AsyncGenerator[str]:
    """Lend the URL of an empty database on this server; drop it afterwards."""
    name, given = f"forge_{uuid.uuid4().hex[:12]}", url(server)
    try:
        if server != "mongodb":  # which makes a database when something is written to it
            await _run(server, given, f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        if server == "mongodb":
            async with AsyncMongoClient[Any](given) as client:
                await client.drop_database(name)
        else:
            await _run(server, given, f"DROP DATABASE IF EXISTS {name}")


async def _run(server: str, given: str, statement: str) -> None:
    """Run one statement on PostgreSQL, MySQL or MariaDB."""
    if server == "postgres":
        # Untyped like its module, and so is the other one.
        connection = await cast("Any", asyncpg).connect(given)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
        return
    parts = urlsplit(given)
    connection = await cast("Any", aiomysql).connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        autocommit=True,
    )
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(statement)
    finally:
        connection.close()
