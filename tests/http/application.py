"""Generate an application, run it as a process of its own, and stop it."""

import functools
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from chatkit_forge.options import (
    AppOptions,
    Auth,
    Backend,
    Provider,
    ServerOptions,
    StoreClass,
    StoreOptions,
)
from chatkit_forge.stage import put
from tests import loopback
from tests.apps import files
from tests.rendering import APP
from tests.servers.processes import free_port
from tests.servers.urls import url
from tests.warm import WarmProcess

# Seconds. What waits for ever must fail its test, not hang the run.
PATIENCE = 60.0
# Apart from the tables of other tests on the same servers.
PREFIX = "http_"
# Not `.py`: they are part of a project that is generated only when the tests run.
BESIDE = sorted(Path(__file__).parent.glob("*.py.txt"))


@functools.cache
def generated(
    backend: Backend,
    auth: Auth = "session",
    *,
    attachments: bool = False,
    rag: bool = False,
    provider: Provider = "openai",
) -> Path:
    """Return the folder of a generated project; `extended.py` in it adds what widgets need."""
    folder = Path(tempfile.mkdtemp(prefix=f"chatkit-forge-{backend}-"))
    store = StoreOptions(folder, APP, backend, f"{backend.capitalize()}Store", tests=False)
    server = ServerOptions(
        folder,
        APP,
        StoreClass(f"app.stores.{backend}", store.class_name),
        attachments=attachments,
        rag=rag,
        auth=auth,
        provider=provider,
        tests=False,
    )
    put(folder, files(AppOptions("demo", store, server)))
    for file in BESIDE:
        (folder / file.stem).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def database(backend: Backend) -> dict[str, str]:
    """Return the settings of a database for tests; SQLite gets a new file, memory needs none."""
    match backend:
        case "memory":
            return {}
        case "sqlite":
            file = Path(tempfile.mkdtemp(prefix="chatkit-forge-sqlite-")) / "chat.db"
            return {"DATABASE_URL": f"sqlite:///{file}"}
        case _:
            return {"DATABASE_URL": url(backend), "TABLE_PREFIX": PREFIX}


@dataclass(frozen=True)
class Application:
    """One running application."""

    url: str
    process: WarmProcess
    log_file: Path

    @property
    def log(self) -> str:
        """Return what it has logged so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def client(self, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """Return a browser's worth of state: a visitor nobody knows yet."""
        return loopback.Client(base_url=self.url, timeout=PATIENCE, headers=headers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings and none of the machine's own keys."""
    return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, str], command: Sequence[str] | None = None
) -> Generator[Application]:
    """Run the application in the folder until the block ends; by default the extended one."""
    port = int(settings.get("APP_PORT") or free_port())
    log_file = folder / f"{uuid.uuid4().hex}.log"
    run = command or ["uvicorn", "extended:app", "--port", str(port), "--log-level", "warning"]
    process = WarmProcess(run, folder, environment({**settings, "APP_PORT": str(port)}), log_file)
    application = Application(f"http://127.0.0.1:{port}", process, log_file)
    try:
        _wait_until_it_answers(application)
        yield application
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds that another process is about to do."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def refused_to_start(
    folder: Path, settings: Mapping[str, str], command: Sequence[str] = ("app",)
) -> str:
    """Run the application with a setting that cannot work and return the one line it said."""
    [line] = complaints(folder, settings, command)
    return line


def complaints(
    folder: Path, settings: Mapping[str, str], command: Sequence[str] = ("app",)
) -> list[str]:
    """Run the application with settings that cannot work and return what it said, by lines."""
    ended = ended_at_once(folder, settings, command)
    assert ended.returncode == 2, ended.stderr
    lines = ended.stderr.splitlines()
    assert all(line.startswith("Cannot start: ") for line in lines), ended.stderr
    return [line.removeprefix("Cannot start: ") for line in lines]


def ended_at_once(
    folder: Path, settings: Mapping[str, str], command: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """Run a module that is to end by itself, and return how it did: all it wrote is in `stderr`."""
    log = folder / f"{uuid.uuid4().hex}.log"
    process = WarmProcess(command, folder, environment(settings), log)
    try:
        code = process.wait(PATIENCE)
    finally:
        process.kill()
    return subprocess.CompletedProcess(command, code, "", log.read_text(encoding="utf-8"))


def _wait_until_it_answers(application: Application) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if application.process.poll() is not None:
            raise AssertionError(f"it ended at once: {application.log}")
        try:
            loopback.get(f"{application.url}/healthz", timeout=PATIENCE)
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"not ready in {PATIENCE:.0f} s: {application.log}")
