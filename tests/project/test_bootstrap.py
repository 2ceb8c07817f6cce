"""A new project on a machine with Python and make: it tests, checks and runs itself at once."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from ..apps import Combination, write
from ..servers.processes import free_port

READY_SECONDS = 60.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new project; it asks for the chatkit-forge of this checkout."""
    folder = tmp_path_factory.mktemp("new")
    write(Combination("sqlite"), folder)
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """Return an environment with no Python but the machine's."""
    ours = {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL"}
    own = {name: value for name, value in os.environ.items() if name not in ours}
    return own | {"PIP_NO_COMPILE": "1"}  # a third of the time


@pytest.mark.parametrize(
    ("target", "said"), [("test", " passed in "), ("check", "\n0 errors, 0 warnings")]
)
def test_make_passes_at_once(
    target: str, said: str, project: Path, environment: dict[str, str]
) -> None:
    """Make the environment, and pass with what is in it and nothing of ours."""
    make = ["make", "--no-print-directory", target]
    done = subprocess.run(
        make,
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert said in done.stdout
    assert "skipped" not in done.stdout


@pytest.fixture
def port() -> int:
    """Return a port nobody listens on."""
    return free_port()


@pytest.fixture
def running(
    project: Path, environment: dict[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Lend `make run`."""
    make = ["make", "run"]
    process = subprocess.Popen(
        make,
        cwd=project,
        env=environment | {"APP_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


def test_make_run_serves_and_stops(
    running: subprocess.Popen[bytes], project: Path, port: int
) -> None:
    """Answer with the settings of the example, and leave nothing behind when told to stop."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page = httpx.get(f"http://127.0.0.1:{port}/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (project / ".env").read_text() == (project / ".env.example").read_text()
    assert (project / "chatkit.db").is_file()
    running.send_signal(signal.SIGTERM)
    running.wait(timeout=60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def answers(port: int) -> bool:
    """Tell whether the application takes requests."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False
