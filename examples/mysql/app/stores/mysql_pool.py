"""Lends aiomysql connections, and tries again what failed for a reason that passes.

aiomysql's own pool keeps everybody waiting while it opens one connection, and forgets to wake who
waits for one that was closed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import SystemRandom
from typing import TypeVar

from pydantic import SecretStr

from .errors import StoreUnavailable
from .mysql_driver import (
    ATTEMPTS,
    FAILURES,
    LOST,
    PASSING,
    Connection,
    Cursor,
    error_code,
    open_connection,
)

_T = TypeVar("_T")


class Pool:
    """Hold at most `size` connections, opened when they are needed; timeouts are in seconds."""

    def __init__(
        self,
        url: SecretStr | None,
        *,
        size: int,
        connect_timeout: float,
        acquire_timeout: float,
        statement_timeout: float,
    ) -> None:
        self._url = url
        self._connect_timeout = connect_timeout
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._idle: list[Connection] = []
        self._slots = asyncio.Semaphore(size)

    async def run(self, operate: Callable[[Cursor], Awaitable[_T]]) -> _T:
        """Return what the operation returns, tried again after failures that pass.

        So it may run more than once. Raise StoreUnavailable when no attempt succeeds.
        """
        attempt = 1
        while True:
            try:
                async with self._lent() as connection, connection.cursor() as cursor:
                    return await operate(cursor)
            except FAILURES as error:
                code = error_code(error)
                if attempt == ATTEMPTS or code not in PASSING:
                    # Not chained: the server quotes values, which are the users' messages.
                    raise StoreUnavailable(f"MySQL failed: error {code}") from None
            # At random, or two that met in a deadlock would meet again.
            await asyncio.sleep(SystemRandom().uniform(0, 0.05) * attempt)
            attempt += 1

    async def close(self) -> None:
        """Close every connection, a lent one when it comes back; the next use opens new ones."""
        idle, self._idle = self._idle, []
        while idle:  # Who waited for a turn with this list may take from it as well.
            connection = idle.pop()
            # Taking leave of the server, which may have gone before; uvloop has another error.
            with suppress(OSError, RuntimeError):
                await connection.ensure_closed()
            connection.close()

    @asynccontextmanager
    async def turn(self, slots: asyncio.Semaphore | asyncio.Lock) -> AsyncGenerator[None, None]:
        """Wait for one of the slots; raise StoreUnavailable when none is free in time."""
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await slots.acquire()
        except TimeoutError:
            raise StoreUnavailable(f"No connection free after {self._acquire_timeout} s") from None
        try:
            yield
        finally:
            slots.release()

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[Connection, None]:
        """Lend a connection; one on which anything failed is not lent again."""
        idle = self._idle
        async with self.turn(self._slots):
            connection = idle.pop() if idle else await self._open()
            try:
                async with asyncio.timeout(self._statement_timeout):
                    yield connection
            except BaseException as error:
                # The server undoes what was begun on a connection that closes.
                connection.close()
                while idle and error_code(error) in LOST:
                    # A server that went away took the others along.
                    idle.pop().close()
                if isinstance(error, TimeoutError):
                    raise StoreUnavailable(f"No answer after {self._statement_timeout} s") from None
                raise
            # close() may have replaced the list since this turn was asked for.
            if idle is self._idle:
                idle.append(connection)
            else:
                connection.close()

    async def _open(self) -> Connection:
        """Return a new connection."""
        return await open_connection(self._url, self._connect_timeout, self._statement_timeout)
