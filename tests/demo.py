"""`make demo`: what a user does on the first day, up to an assistant that answers in the browser.

An empty folder, one command, the tests that come with the application, and the application itself,
with SQLite and the demo model. Ctrl-C ends it; the folder stays.
"""

import argparse
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Generator, Sequence
from http import HTTPStatus
from pathlib import Path

from .servers import command
from .servers.processes import free_port

NAME = "my-assistant"
PORT = 8000
# Whatever the reader's machine has set: the demo is the same on all of them.
FOREIGN = frozenset({"DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "SESSION_SECRET"})
READY_SECONDS = 60.0
STOP_SECONDS = 30.0  # longer than the application gives its streams


def main(arguments: Sequence[str]) -> int:
    """Run the demo and return the exit code: 0 when somebody ended it, else the failed step's."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--no-tests", action="store_true", help="leave the tests out")
    parser.add_argument("--port", type=int, default=PORT, help="another one, where it is taken")
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-demo-"))
    project = folder / NAME
    try:
        with command.signals_end_the_run():
            say(folder, "chatkit-forge", "new", "app", NAME, "--backend", "sqlite")
            print(f"\n$ cd {NAME}")
            if not asked.no_tests:
                say(project, "python", "-m", "pytest", "-q")
            say(project, "cp", ".env.example", ".env")
            return serve(project, asked.port if _is_free(asked.port) else free_port())
    except subprocess.CalledProcessError as error:
        return error.returncode
    except command.Interrupted:
        return 0
    finally:
        if project.is_dir():
            print(f"\nThe files are in {project}: read them, they are yours.", flush=True)


def say(folder: Path, *words: str) -> None:
    """Show a command as a user types it, and run it; raises CalledProcessError when it fails."""
    print(f"\n$ {' '.join(words)}", flush=True)
    with _started(folder, words) as process:
        if code := process.wait():
            raise subprocess.CalledProcessError(code, words)


def serve(project: Path, port: int) -> int:
    """Serve until somebody ends it; return the application's own code when it ends by itself."""
    print("\n$ python -m app", flush=True)
    with _started(project, ("python", "-m", "app"), APP_PORT=str(port)) as process:
        url = f"http://localhost:{port}"
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None:
                return process.returncode or 1
            if time.monotonic() > deadline:
                print(f"{url} does not answer", file=sys.stderr)
                return 1
            time.sleep(0.1)
        print(f"\nThe assistant is at {url} (Ctrl-C ends it).", flush=True)
        if _has_desktop():
            webbrowser.open(url)
        return process.wait()


@contextlib.contextmanager
def _started(folder: Path, words: Sequence[str], **more: str) -> Generator[subprocess.Popen[bytes]]:
    """Lend a running command of this environment; end it when the block is left.

    In a session of its own: Ctrl-C reaches us alone, who then end it in good order.
    """
    own = os.path.dirname(sys.executable)
    process = subprocess.Popen(
        words,
        cwd=folder,
        # A key of the reader's would make the first look cost money.
        env={name: each for name, each in os.environ.items() if name not in FOREIGN}
        | {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}", **more},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with command.signals_wait():
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_free(port: int) -> bool:
    """Tell whether nobody listens on a loopback port; 0 is none."""
    with socket.socket() as probe:
        return port != 0 and probe.connect_ex(("127.0.0.1", port)) != 0


def _answers(port: int) -> bool:
    """Tell whether the application takes requests and its store answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _has_desktop() -> bool:
    """Tell whether a browser would have a window: a text browser would take the terminal."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
