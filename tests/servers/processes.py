"""Starts server processes, waits for them and stops them by their own ids."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .account import unix_ids
from .command import signals_wait
from .errors import ServerUnavailableError

READY_SECONDS = 90.0  # a cold disk and two busy cores; a healthy server needs 1 to 5
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05


@dataclass
class Processes:
    """The processes of one run, all under one folder; `stop` ends every one of them."""

    folder: Path
    _running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(
        default_factory=list[tuple[subprocess.Popen[bytes], signal.Signals]]
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: bool = False

    def home(self, name: str) -> Path:
        """Return a new folder for a server, `data` in it, both owned by the user it runs as."""
        home = self.folder / name
        for folder in (home, home / "data"):
            folder.mkdir(mode=0o700)
            _hand_over(folder)
        return home

    def write(self, path: Path, text: str) -> Path:
        """Write a file that only the server's user can read, and return its path."""
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        _hand_over(path)
        return path

    def run(
        self, home: Path, command: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> None:
        """Run a set-up command to its end; raises ServerUnavailableError with what it said last."""
        process = self._spawn(home, command, signal.SIGTERM, env)
        if process.wait() != 0:
            raise ServerUnavailableError(
                home.name, f"{Path(command[0]).name} failed: {_last(home)}"
            )

    def start(
        self,
        home: Path,
        command: Sequence[str | Path],
        ready: Callable[[], bool],
        stop: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        """Start a server and return once `ready` holds; `stop` is how it is asked to end.

        Raises ServerUnavailableError when it ends early or is not ready within READY_SECONDS.
        """
        process = self._spawn(home, command, stop)
        self.wait(home, process, ready)
        return process

    def wait(self, home: Path, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        """Return once `ready` holds; raises ServerUnavailableError as `start` does."""
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if process.poll() is not None:
                raise ServerUnavailableError(home.name, f"it ended at once: {_last(home)}")
            if time.monotonic() > deadline:
                raise ServerUnavailableError(home.name, f"not ready in {READY_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End every process, politely and then not; also those that are still starting."""
        with self._lock:
            self._stopped = True
            running, self._running = self._running, []
        for process, how in running:
            if process.poll() is None:
                process.send_signal(how)
        deadline = time.monotonic() + STOP_SECONDS
        for process, _ in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(
        self,
        home: Path,
        command: Sequence[str | Path],
        stop: signal.Signals,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command in `home`, its output in `home/log`, out of the terminal's reach.

        A session of its own keeps Ctrl-C from reaching a server before the command that uses it.
        """
        ids = unix_ids()
        plain = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C"}
        with self._lock, (home / "log").open("ab") as log:
            if self._stopped:
                raise ServerUnavailableError(home.name, "the run was stopped while it was starting")
            try:
                process = subprocess.Popen(
                    command,
                    cwd=home,
                    env=plain | dict(env or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    user=ids[0] if ids else None,
                    group=ids[1] if ids else None,
                    extra_groups=[] if ids else None,
                )
            except OSError as error:
                # As root this is often a TMPDIR that the servers' user may not enter.
                raise ServerUnavailableError(
                    home.name, f"cannot start in {home}: {error}"
                ) from error
            self._running.append((process, stop))
        return process


@contextlib.contextmanager
def running() -> Generator[Processes, None, None]:
    """Lend an empty set of processes in a temporary folder; stop them and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="ckf-") as folder:
        Path(folder).chmod(0o711)  # the servers' user passes through it
        processes = Processes(Path(folder))
        try:
            yield processes
        finally:
            with signals_wait():
                processes.stop()


def free_port() -> int:
    """Return a loopback port nobody listens on.

    Drawn from below the range that outgoing connections use, so that no connection of the
    tests takes it between this check and the server's bind.
    """
    for port in random.sample(range(20000, 32000), k=200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port among 200 tried")


def _hand_over(path: Path) -> None:
    """Give a path to the user that servers run as."""
    if ids := unix_ids():
        shutil.chown(path, *ids)


def _last(home: Path) -> str:
    """Return the line of a server's log that tells most: its first error, else its last line."""
    text = (home / "log").read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(ERROR|FATAL)\b", line, re.IGNORECASE)]
    return [*errors, *lines[-1:], "it said nothing"][0]
