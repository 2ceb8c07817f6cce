"""`python -m MODULE` in a process that finds the libraries imported: two seconds less a process.

Each is the fork of a server that has imported them, under the machine's own environment, and
otherwise on its own: with its folder, its environment, its signals and its exit code. What stands
in `atexit` is not run, and of the variables that Python itself reads only PYTHONPATH is heard.
No authority is trusted.
"""

import gc
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, cast

# What generated applications import of others, with what openai's client does when it is made; what
# runs their tests; and what is otherwise done at the first use of models.
_LIBRARIES: Final = [
    *("agents", "chatkit.agents", "chatkit.server", "fastapi", "httpx", "itsdangerous", "limits"),
    *("httpcore2", "openai", "pydantic_settings", "qdrant_client", "redis.asyncio"),
    *("uvicorn.config", "uvicorn.main", "uvicorn.server"),
    *("aiomysql", "aiosqlite", "asyncpg", "pymongo"),
    *("hypothesis.stateful", "pytest"),
    "tests.complete_models",
]
_ROOT: Final = str(Path(__file__).resolve().parents[1])
_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(_LIBRARIES)
# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE: Final = 600.0


class WarmProcess:
    """Behave as `subprocess.Popen` does, of which this is a part."""

    def __init__(
        self,
        module: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        errors: Path | None = None,
    ) -> None:
        """Start the module with its arguments; what it writes goes to the end of a file.

        With `errors`, what it writes to stderr goes there.
        """
        files = (str(log), str(errors or log))
        for file in files:
            Path(file).touch()
        arguments = (list(module), str(folder), dict(environment), files)
        self._process: ForkServerProcess = _SERVER.Process(target=_run, args=arguments)
        self._process.start()

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code; raises TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("python -m", timeout or 0)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None and self._process.pid is not None:
            os.kill(self._process.pid, how)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def finished(
    module: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a module with its arguments to the end; return its exit code and what it printed.

    Raises TimeoutExpired.
    """
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as log:
        process = WarmProcess(module, folder, environment, Path(log.name))
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
        return code, log.read()


def _run(
    module: list[str], folder: str, environment: dict[str, str], files: tuple[str, str]
) -> None:
    """Be `python -m` in this folder, with this environment."""
    # What the server imported stays: a search through it for garbage would copy it all. And what
    # is given back to the system at each search has to be had from it again.
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    for stream, path in zip((sys.stdout, sys.stderr), files, strict=True):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, stream.fileno())
        os.close(file)
        cast("io.TextIOWrapper", stream).reconfigure(line_buffering=True, write_through=True)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # None of them leaves this machine: a client need not read 140 authorities, which takes 30 ms.
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = folder
    # This project comes last, as an editable install has it.
    others = [path for path in sys.path if path not in ("", folder, _ROOT)]
    given = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [folder, *given, *others, _ROOT]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.argv = module
    runpy.run_module(module[0], run_name="__main__", alter_sys=True)
