"""Lends asyncpg connections, and tries again what failed for a reason that passes.

asyncpg's own pool lends to those who wait in it even while it closes, and then fails them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from random import SystemRandom
from typing import Any, Final, Protocol, TypeVar, cast

# asyncpg carries neither stubs nor a py.typed file; the Protocols below say what is used of it.
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from pydantic import SecretStr

from .errors import StoreUnavailable
from .postgres_url import login

# What a statement about a missing table or column raises.
MISSING: Final = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
_FAILURES: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# A deadlock or a conflict, a lost connection, and how asyncpg stumbles over one.
_PASSING: Final = (
    asyncpg.TransactionRollbackError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_ATTEMPTS: Final = 5
_T = TypeVar("_T")


class Connection(Protocol):
    """What a store uses of an asyncpg connection."""

    async def execute(self, query: str, *values: object) -> str:
        """Run a statement and return its tag: "INSERT 0 1", say, or "DELETE 1"."""
        ...

    async def fetch(self, query: str, *values: object) -> list[Sequence[Any]]:
        """Run a statement and return its rows."""
        ...

    def transaction(self, *, isolation: str) -> AbstractAsyncContextManager[object]:
        """Return a block that is done as a whole or not at all."""
        ...


class _Pool(Protocol):
    def acquire(self, *, timeout: float) -> AbstractAsyncContextManager[Connection]: ...
    async def close(self) -> None: ...


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
        self._size = size
        self._connect_timeout = connect_timeout
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._slots = asyncio.Semaphore(size)
        self._pool: _Pool | None = None

    async def run(self, operate: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Return what the operation returns, tried again after failures that pass.

        So it may run more than once. Raise StoreUnavailable when no attempt succeeds, ValueError
        for a wrong URL.
        """
        attempt = 1
        while True:
            try:
                async with self._lent() as connection:
                    return await operate(connection)
            except (asyncpg.ClientConfigurationError, OverflowError) as error:
                raise ValueError(f"The database URL is wrong: {error}") from None
            except TimeoutError:
                raise StoreUnavailable("No answer in time") from None
            except _FAILURES as error:
                if attempt == _ATTEMPTS or not isinstance(error, _PASSING):
                    # Neither chained nor in detail: there the server quotes rows, which are the
                    # users' messages.
                    reason = str(error).partition("\nDETAIL")[0]
                    raise StoreUnavailable(f"PostgreSQL failed: {reason}") from None
            # At random, or two that met in a deadlock would meet again.
            await asyncio.sleep(SystemRandom().uniform(0, 0.05) * attempt)
            attempt += 1

    async def close(self) -> None:
        """Close every connection once its operation is done; the next use opens new ones."""
        async with AsyncExitStack() as turns:
            for _ in range(self._size):
                await turns.enter_async_context(self._slots)
            pool, self._pool = self._pool, None
            if pool is not None:
                # asyncpg cuts the connections on which it cannot take leave of the server.
                with suppress(*_FAILURES):
                    async with asyncio.timeout(self._connect_timeout):
                        await pool.close()

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
        """Lend a connection; asyncpg stops its statement and replaces it as need be."""
        async with self.turn(self._slots):
            if self._pool is None:
                self._pool = await self._open()
            async with self._pool.acquire(timeout=self._acquire_timeout) as connection:
                yield connection

    async def _open(self) -> _Pool:
        """Return a pool without a connection yet: nothing is waited for, nobody comes between."""
        # Untyped like its module, so the Protocols take over here.
        create_pool = cast("Callable[..., Awaitable[_Pool]]", cast("Any", asyncpg).create_pool)
        return await create_pool(
            **login(self._url, self._connect_timeout),
            min_size=0,
            max_size=self._size,
            command_timeout=self._statement_timeout,
            reset=_keep,
        )


async def _keep(connection: Connection) -> None:
    """Leave a returned connection as it is; asyncpg would reset it, a round trip an operation."""
