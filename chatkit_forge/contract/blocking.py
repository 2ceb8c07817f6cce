"""Point 13: while the database works, the event loop turns."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from socket import socket
from typing import Final

from .calls import Ids, call, sdk_methods
from .harness import Harness, TContext, contract_cases, contract_test
from .ownership import furnish
from .scene import Scene

# What Python's audit events show of calls that wait: nobody else is served meanwhile.
WAITING: Final = frozenset(
    {
        "time.sleep",
        "sqlite3.connect",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "http.client.connect",
        "subprocess.Popen",
    }
)
_watched: dict[int, list[str]] = {}
_installed: list[bool] = []


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    """Note a waiting call made by a watched thread."""
    if event not in WAITING:
        return
    seen = _watched.get(threading.get_ident())
    if seen is None:
        return
    first = arguments[0] if arguments else None
    if event == "socket.connect" and isinstance(first, socket) and first.gettimeout() == 0:
        return  # Non-blocking: this is how asyncio itself connects.
    seen.append(event)


@contextmanager
def waiting_calls() -> Generator[list[str], None, None]:
    """Collect the waiting calls that this thread, the event loop's, makes."""
    if not _installed:
        # An audit hook cannot be taken away again, so there is one, added on first use.
        sys.addaudithook(_on_event)
        _installed.append(True)
    seen = _watched[threading.get_ident()] = []
    try:
        yield seen
    finally:
        del _watched[threading.get_ident()]


async def loop_turned(operation: Awaitable[object]) -> bool:
    """Return whether the event loop served anybody else before the operation was done."""
    turned = asyncio.Event()
    asyncio.get_running_loop().call_soon(turned.set)
    await operation
    return turned.is_set()


class Blocking(Harness[TContext]):
    """Hold that one request never makes the others wait."""

    @contract_cases("method", sdk_methods())
    async def test_p13_loop_turns(self, scene: Scene[TContext], method: str) -> None:
        """Give way to other tasks during every operation that reaches a database."""
        await furnish(scene, scene.alice, "Alice's")
        assert await loop_turned(call(scene.store, method, Ids(), scene.alice)), (
            f"{method}() did its input and output without awaiting anything"
        )

    @contract_test
    async def test_p13_no_waiting_calls(self, scene: Scene[TContext]) -> None:
        """Make no call in the event loop's thread that waits, from opening to closing."""
        with waiting_calls() as seen:
            async with self.open_store() as store:
                fresh = scene.through(store)
                await furnish(fresh, scene.alice, "Alice's")
                for method in sdk_methods():
                    await call(store, method, Ids(), scene.alice)
        assert not seen
