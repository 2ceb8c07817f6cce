"""How the store uses aiomysql: its types, how it logs in, and which of its errors pass."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from math import ceil
from typing import Any, Final, Protocol, cast

# aiomysql carries neither stubs nor a py.typed file; the Protocols say what is used of it.
import aiomysql  # pyright: ignore[reportMissingTypeStubs]
from pydantic import SecretStr
from pymysql.constants import CLIENT, CR, ER

from .errors import StoreUnavailable
from .mysql_url import login

# Numbers of errors by which a server or a network takes the connection away.
LOST: Final = (
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    ER.SERVER_SHUTDOWN,
    1927,  # killed (MariaDB)
    4031,  # idle for too long (MySQL)
)
# Worth another try. A deadlock is also what Galera calls a conflict between two nodes, at COMMIT.
PASSING: Final = (*LOST, ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT)
FAILURES: Final = (aiomysql.MySQLError, OSError)
ATTEMPTS: Final = 5

# A statement that had to wait then sees what the others committed meanwhile.
_ISOLATION: Final = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
# Strict, or a server may cut values short. No notes, because the driver makes a warning of each.
_SESSION: Final = """SET SESSION sql_mode = 'TRADITIONAL', sql_notes = 0,
    lock_wait_timeout = %s, innodb_lock_wait_timeout = %s"""


class Cursor(Protocol):
    """What the store uses of an aiomysql cursor; `execute` returns how many rows it changed."""

    async def execute(self, query: str, args: Sequence[object] | None = None) -> int: ...
    async def fetchall(self) -> Sequence[Sequence[Any]]: ...


class Connection(Protocol):
    """What the store uses of an aiomysql connection."""

    async def ping(self) -> None: ...
    def cursor(self) -> AbstractAsyncContextManager[Cursor]: ...
    def close(self) -> None: ...
    async def ensure_closed(self) -> None: ...


class _Driver(aiomysql.Connection):
    """Speak the protocol as aiomysql does, but for two faults."""

    require_tls = False

    async def _request_authentication(self) -> None:
        # aiomysql goes on without TLS, and so shows the password to whoever is in between.
        if self.require_tls and not self.server_capabilities & CLIENT.SSL:
            raise aiomysql.OperationalError(CR.CR_SSL_CONNECTION_ERROR, "The server has no TLS")
        await super()._request_authentication()

    def _write_bytes(self, data: bytes) -> None:
        try:
            super()._write_bytes(data)  # pyright: ignore[reportUnknownMemberType] (untyped)
        except RuntimeError as error:
            # What uvloop raises, and asyncio does not, when the server has closed the connection.
            raise ConnectionResetError(str(error)) from None


async def open_connection(
    url: SecretStr | None, connect_timeout: float, statement_timeout: float
) -> Connection:
    """Return a connection that has logged in, is strict, and waits for no lock for ever.

    Raise ValueError for a wrong URL, StoreUnavailable when the server is out of reach or refuses.
    """
    place = login(url)
    driver = _Driver(**place.arguments)
    driver.require_tls = place.require_tls
    connection = cast("Connection", driver)
    seconds = ceil(statement_timeout)
    try:
        async with asyncio.timeout(place.connect_timeout or connect_timeout):
            await connection.ping()
            async with connection.cursor() as cursor:
                await cursor.execute(_ISOLATION)
                # All attempts together then take no longer than one statement may.
                await cursor.execute(_SESSION, (seconds, ceil(seconds / ATTEMPTS)))
    except FAILURES as error:
        connection.close()
        raise StoreUnavailable(
            f"No login to MySQL at {place.arguments['host']}: error {error_code(error)}"
        ) from None
    except BaseException:
        connection.close()
        raise
    return connection


def error_code(error: BaseException) -> int:
    """Return the number of a MySQL error; that of a lost connection for an error of the network."""
    if isinstance(error, aiomysql.MySQLError) and error.args and isinstance(error.args[0], int):
        return error.args[0]
    return CR.CR_SERVER_LOST if isinstance(error, OSError) else CR.CR_UNKNOWN_ERROR
