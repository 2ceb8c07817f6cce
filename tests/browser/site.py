"""Runs a generated application as its users do, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from .. import apps

_START_SECONDS = 90.0
_STOP_SECONDS = 15.0


@contextmanager
def running(
    folder: Path, chosen: apps.Combination, provider_url: str | None = None
) -> Generator[str, None, None]:
    """Write the application into `folder`, run it, and yield its URL.

    It answers through `provider_url` when there is one, else as the demo does.
    """
    apps.write(chosen, folder)
    settings = {
        "DATABASE_URL": f"sqlite:///{folder / 'chat.db'}",
        "RATE_LIMIT": "10000/minute",
        "READ_RATE_LIMIT": "10000/minute",
    }
    if provider_url is not None:
        settings |= {"OPENAI_API_KEY": "not-a-key", "OPENAI_BASE_URL": provider_url}
    with (folder / "log").open("wb") as log:
        # Listening before it starts: the first request waits in the queue, and nobody polls.
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--fd", str(listening.fileno())],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)} | settings,
            pass_fds=[listening.fileno()],
            stdout=log,
            stderr=log,
        )
        listening.close()  # now it is the process's alone: when that ends, connecting fails at once
        try:
            _first_answer(url, folder / "log")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _first_answer(url: str, log: Path) -> None:
    """Wait until the application answers; fails with its log when it does not."""
    try:
        with urlopen(f"{url}/healthz", timeout=_START_SECONDS):  # noqa: S310  our own http URL
            pass
    except (URLError, OSError) as error:
        said = log.read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"the application did not start ({error}):\n{said}") from error
