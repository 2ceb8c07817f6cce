"""`make demo` ends in an assistant that answers in the browser, and ends when it is told to."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from . import loopback
from .cache import OWN_CACHE

ROOT = Path(__file__).resolve().parents[1]
SAID = "Who are you?"
CREATE: dict[str, Any] = {
    "type": "threads.create",
    "params": {
        "input": {
            "content": [{"type": "input_text", "text": SAID}],
            "attachments": [],
            "quoted_text": None,
            "inference_options": {},
        }
    },
}


def test_make_runs_the_demo_that_is_tested() -> None:
    """Call the module that the tests below drive."""
    make = ["make", "--dry-run", "--no-print-directory", "demo", "--old-file=.venv/ready"]
    # Inside `make test` a second make would take over the first one's flags.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(make, cwd=ROOT, env=own, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].endswith("python -m tests.demo")


@pytest.fixture
def taken() -> Iterator[int]:
    """Lend a port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def demo(taken: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Lend the demo, where its port is taken, and without the tests: the matrix has the same.

    A key on the machine must not be used.
    """
    machine = {"TMPDIR": str(tmp_path), "OPENAI_API_KEY": "sk-none", "DISPLAY": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.demo", "--no-tests", "--port", str(taken)],
        cwd=ROOT,
        env=os.environ | OWN_CACHE | machine,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_the_demo_answers_until_ctrl_c(demo: subprocess.Popen[str]) -> None:
    """Serve the page and an answer of the demo model; end with 0 and without a traceback."""
    assert demo.stdout is not None
    assert demo.stderr is not None
    told: list[str] = []
    for line in demo.stdout:
        told.append(line)
        if found := re.search(r"The assistant is at http://localhost:(\d+)", line):
            break
    else:
        pytest.fail("".join(told) + demo.stderr.read(), pytrace=False)
    url, port = f"http://127.0.0.1:{found[1]}", int(found[1])
    assert "$ chatkit-forge new app my-assistant --backend sqlite\n" in told
    with loopback.Client(base_url=url, timeout=60) as browser:
        page = browser.get("/")
        for path in ("/web/chat.js", "/web/lesson.css"):
            assert path in page.text
            assert browser.get(path).status_code == HTTPStatus.OK
        answer = browser.post("/chatkit", json=CREATE, headers={"Origin": url})
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert "thread.item.done" in answer.text
    assert "demo model" in answer.text

    demo.send_signal(signal.SIGINT)
    rest, errors = demo.communicate(timeout=60)
    assert demo.returncode == 0, errors
    assert "Traceback" not in errors
    [folder] = re.findall(r"The files are in (\S+):", rest)
    assert (Path(folder) / "app" / "main.py").is_file()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
