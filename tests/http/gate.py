"""A way to a server that can be shut and opened again while an application runs."""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.stores.tcp_proxy import Proxy


class Gate:
    """Pass connections on to the server of `address` as long as the gate is open."""

    def __init__(self, address: str) -> None:
        """Begin shut; `url` is the address by way of this gate, once it was open."""
        self._address = address
        self._proxy = Proxy(urlsplit(address).port or 0)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return the server's address by way of this gate."""
        return self._address.replace(f":{self._proxy.target}/", f":{self._proxy.port}/")

    def open(self) -> None:
        """Let connections through, each time at the same port."""
        self._run(self._open())

    def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        self._run(self._shut())

    def end(self) -> None:
        """Shut the gate for good."""
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        proxy = self._proxy
        self._server = await asyncio.start_server(proxy.pass_on, "127.0.0.1", proxy.port)
        proxy.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._proxy.sever()
            self._server = None

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def gate(address: str) -> Generator[Gate]:
    """Lend an open gate before a server."""
    lent = Gate(address)
    lent.open()
    try:
        yield lent
    finally:
        lent.end()
