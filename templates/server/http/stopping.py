"""Hear at once that the process is told to stop.

Servers tell an application when its last response has ended or was cut off: too late for answers
that are to end properly.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def after_signal(seconds: float, act: Callable[[], object]) -> Generator[None]:
    """Call `act` on the event loop, so many seconds after a signal told the process to stop.

    The server, which handles the signal as well, gets it as it would otherwise.
    """
    if threading.current_thread() is not threading.main_thread():
        # Python hands signals to the main thread only: here the server is stopped in other ways.
        yield
        return
    loop = asyncio.get_running_loop()
    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # One that nobody handles ends the process, or nothing, and is to go on doing so.
    handlers = {number: handler for number, handler in found.items() if callable(handler)}

    def tell_both(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(loop.call_later, seconds, act)
        handlers[signal.Signals(number)](number, frame)

    for number in handlers:
        signal.signal(number, tell_both)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
