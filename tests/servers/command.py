"""Runs the command the servers are for, and lets a signal end the run in good order."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from types import FrameType

_Handler = signal.Handlers | Callable[[int, FrameType | None], None]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 30.0  # a test run that was interrupted still tears its fixtures down


class Interrupted(SystemExit):
    """A signal asked the run to end; the exit code is the shell's: 128 and the signal."""

    def __init__(self, number: int) -> None:
        """Remember the signal."""
        super().__init__(128 + number)
        self.number = number


@contextlib.contextmanager
def signals_end_the_run() -> Generator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into Interrupted, so that `finally` blocks run."""
    with _handled(_interrupt):
        yield


@contextlib.contextmanager
def signals_wait() -> Generator[None]:
    """Let nothing but SIGKILL interrupt the block: servers left behind are worse than a wait."""
    with _handled(signal.SIG_IGN):
        yield


def run(command: Sequence[str]) -> int:
    """Run a command and return its exit code; a signal that ends the run is passed on to it."""
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        print(f"tests.servers: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        code = process.wait()
    except Interrupted as interrupted:
        with signals_wait():
            # Ctrl-C has reached the command already, and twice would cut its tear-down short.
            if not (interrupted.number == signal.SIGINT and sys.stdin.isatty()):
                process.send_signal(interrupted.number)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        raise
    return code if code >= 0 else 128 - code


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Raise Interrupted in the main thread."""
    raise Interrupted(number)


@contextlib.contextmanager
def _handled(handler: _Handler) -> Generator[None]:
    """Install one handler for every signal that ends a run, and put the old ones back."""
    before = {number: signal.signal(number, handler) for number in ENDING}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
