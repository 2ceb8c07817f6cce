"""Processes that open a store at the same moment: `open_at_once` starts them, each runs `main`.

Each is the fork of one that has imported the libraries, and waits for the same lock to go.
"""

import asyncio
import fcntl
import importlib
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..staged import import_root
from ..warm import WarmProcess

# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE = 60.0
READY = "ready\n"


def open_at_once(
    count: int, backend: str, urls: Sequence[str], folder: Path, prefix: str = "chatkit_"
) -> None:
    """Open the stores at these URLs, one after the other, in so many processes at once.

    Raises AssertionError with what one of them complained of.
    """
    gate = folder / "gate"
    module = ["tests.stores.at_once", str(gate), backend, prefix, *urls]
    logs = [folder / f"{number}.log" for number in range(count)]
    for log in logs:
        log.touch()
    processes: list[WarmProcess] = []
    deadline = time.monotonic() + PATIENCE
    try:
        with gate.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for log in logs:
                processes.append(WarmProcess(module, import_root(), {}, log))
            while time.monotonic() < deadline and any(log.read_text() == "" for log in logs):
                time.sleep(0.01)
        # One that is late says so below, with what it said until then.
        with suppress(subprocess.TimeoutExpired):
            for process in processes:
                process.wait(max(0.0, deadline - time.monotonic()))
        ends = [process.poll() for process in processes]
    finally:
        for process in processes:
            process.kill()
    said = [log.read_text() for log in logs]
    assert (ends, said) == ([0] * count, [READY] * count), (ends, said)


def main() -> None:
    """Open the stores that the arguments name, once the lock is free."""
    gate, backend, prefix, *urls = sys.argv[1:]
    module: Any = importlib.import_module(f"app.stores.{backend}")
    make = getattr(module, f"{backend.capitalize()}Store")
    with Path(gate).open() as lock:
        sys.stdout.write(READY)
        fcntl.flock(lock, fcntl.LOCK_SH)
    asyncio.run(_open([make(url, table_prefix=prefix) for url in urls]))


async def _open(stores: Sequence[Any]) -> None:
    for each in stores:
        async with each as store:
            await store.load_threads(1, None, "asc", {"user_id": "alice"})


if __name__ == "__main__":
    main()
