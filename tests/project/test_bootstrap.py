"""A new project on a machine with Python and make: it tests, checks and runs itself at once.

It installs a wheel of this checkout, which writes the same bytes where there is no checkout.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from chatkit_forge import origin
from chatkit_forge.templates import template_names

from .. import loopback
from ..apps import Combination, write
from ..examples import EXAMPLES, tree
from ..fresh import LIGHT
from ..servers.processes import free_port

READY_SECONDS = 60.0
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build chatkit-forge as it is published."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return a new project; it asks for the chatkit-forge of this checkout."""
    folder = tmp_path_factory.mktemp("new")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(origin.VARIABLE, f"{origin.NAME} @ {wheel.as_uri()}")
        write(Combination("sqlite"), folder)
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """Return an environment with the machine's Pythons, of our version the one that we have."""
    ours = {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL"}
    own = {name: value for name, value in os.environ.items() if name not in ours}
    path = os.pathsep.join((str(Path(sys.base_prefix) / "bin"), own.get("PATH", os.defpath)))
    quicker = {"PIP_NO_COMPILE": "1"}  # compiling takes a third of the time
    return own | LIGHT | quicker | {"PATH": path}


@pytest.mark.parametrize(
    ("target", "said"), [("test", " passed in "), ("check", "\n0 errors, 0 warnings")]
)
def test_make_passes_at_once(
    target: str, said: str, project: Path, environment: dict[str, str]
) -> None:
    """Make the environment, and pass with what is in it and nothing of ours."""
    output = make(target, project, environment)
    assert said in output
    assert "skipped" not in output


def test_the_wheel_holds_every_template(wheel: Path) -> None:
    """What a command renders is in the package, wherever that is installed."""
    with zipfile.ZipFile(wheel) as packed:
        assert {f"chatkit_forge/templates/{name}" for name in template_names()} <= set(
            packed.namelist()
        )


def test_the_wheel_writes_what_the_checkout_writes(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """Generate in an environment that knows of no checkout."""
    make(".venv/ready-dev", project, environment)
    command = [str(project / ".venv" / "bin" / "chatkit-forge"), "new", "store"]
    subprocess.run(
        [*command, "--backend", "postgres"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert tree(tmp_path) == tree(EXAMPLES / "postgres")


@pytest.fixture
def port() -> int:
    """Return a port nobody listens on."""
    return free_port()


@pytest.fixture
def running(
    project: Path, environment: dict[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Lend `make run`."""
    command = ["make", "run"]
    process = subprocess.Popen(
        command,
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
    page = loopback.get(f"http://127.0.0.1:{port}/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (project / ".env").read_text() == (project / ".env.example").read_text()
    assert (project / "chatkit.db").is_file()
    running.send_signal(signal.SIGTERM)
    running.wait(timeout=60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def make(target: str, project: Path, environment: dict[str, str]) -> str:
    """Return what `make` says in the project; fail the test with it when it fails."""
    command = ["make", "--no-print-directory", target]
    done = subprocess.run(
        command,
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def answers(port: int) -> bool:
    """Tell whether the application takes requests."""
    try:
        return loopback.get(f"http://127.0.0.1:{port}/readyz").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False
