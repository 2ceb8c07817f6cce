"""Runs a generated application as its users do, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .. import apps

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
    # Listening before it starts: the browser's first request waits in the queue, and nobody polls.
    with socket.create_server(("127.0.0.1", 0)) as listening, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--fd", str(listening.fileno())],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)} | settings,
            pass_fds=[listening.fileno()],
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
