"""The one Qdrant client of this process, on a thread of its own.

Embedded, the client's coroutines do all their work without awaiting anything: reading 5,000 chunks
at the start takes a second, a search among them a tenth of one. On a thread with an event loop of
its own this keeps nobody else waiting, and SQLite below the client stays on one thread, as it has
to. A client that talks to a server runs there as well, so that there is one way to use either.
"""

import asyncio
import pickle
import sqlite3
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import TypeVar

from pydantic import SecretStr
from qdrant_client import AsyncQdrantClient
from qdrant_client.http.exceptions import ApiException

from .errors import SearchUnavailableError

_T = TypeVar("_T")
_TIMEOUT = 10  # Seconds for one answer of a server.


class Connection:
    """Lend the client, which is created on first use and again after closing."""

    def __init__(self, *, path: str, url: str | None = None, api_key: SecretStr | None = None):
        """Remember where Qdrant is: a server's URL, else a folder or ":memory:" for itself."""
        self._path = path
        self._url = url
        self._api_key = api_key
        self._thread: tuple[Thread, AbstractEventLoop] | None = None
        self._client: AsyncQdrantClient | None = None

    async def run(self, work: Callable[[AsyncQdrantClient], Awaitable[_T]]) -> _T:
        """Return what `work` returns; it is called on the client's thread.

        Raise SearchUnavailableError when Qdrant cannot be opened, cannot be reached or refuses.
        """
        if self._thread is None:
            self._thread = _started()
        # Cancelling the caller cancels the work.
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._run(work), self._thread[1])
        )

    async def aclose(self) -> None:
        """Close the client and end its thread; quiet when there is none."""
        if self._thread is None:
            return
        (thread, loop), self._thread = self._thread, None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._close(), loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()

    async def _run(self, work: Callable[[AsyncQdrantClient], Awaitable[_T]]) -> _T:
        if self._client is None:
            self._client = self._open()
        try:
            return await work(self._client)
        except (ApiException, OSError, sqlite3.Error) as error:
            where = self._url or self._path
            raise SearchUnavailableError(f"Qdrant at {where} failed: {_line(error)}") from error

    async def _close(self) -> None:
        # Whoever still waits for an answer would wait for ever once the loop stands still.
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    def _open(self) -> AsyncQdrantClient:
        if self._url:
            key = None if self._api_key is None else self._api_key.get_secret_value()
            # The client would ask for the server's version now, blocking, and warn when it is down.
            return AsyncQdrantClient(
                url=self._url, api_key=key, timeout=_TIMEOUT, check_compatibility=False
            )
        try:
            if self._path == ":memory:":
                return AsyncQdrantClient(location=":memory:")
            return AsyncQdrantClient(path=self._path)
        except RuntimeError as error:
            # What the client says of a folder that another client has locked.
            raise SearchUnavailableError(
                f"{self._path} is in use by another process (the application, or an ingest); "
                "stop that one first, or run a Qdrant server and set QDRANT_URL"
            ) from error
        except (OSError, ValueError, EOFError, sqlite3.Error, pickle.UnpicklingError) as error:
            raise SearchUnavailableError(f"Cannot open {self._path}: {_line(error)}") from error


def _started() -> tuple[Thread, AbstractEventLoop]:
    """Return a thread that runs an event loop, and the loop; no exit of the process waits for it.

    anyio's blocking portal would be the same in fewer words, but one that nobody closed keeps the
    interpreter from ending.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="qdrant", daemon=True)
    thread.start()
    return thread, loop


def _line(error: Exception) -> str:
    """Return the error's text on one line; the client's own spreads over several."""
    return " ".join(str(error).split()) or type(error).__name__
