"""`python -m tests.servers [--only NAMES] -- COMMAND`: run a command with real servers beside it.

Starts every server that no environment variable gives, exports the variables, runs the command
and stops what it started, also when the command fails or a signal ends the run. Exits with the
command's code, or with 1 and one line when a server cannot be had.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from . import command, mariadb, mongodb, mysql, postgres
from .errors import ServerUnavailableError
from .processes import Processes
from .urls import NAMES, variable


class Recipe(Protocol):
    """What each server's module offers."""

    def obtain(self) -> None:
        """Install or fetch the server if it is missing."""
        ...

    def start(self, processes: Processes) -> str:
        """Start it and return its URL."""
        ...


RECIPES: dict[str, Recipe] = {
    "postgres": postgres,
    "mysql": mysql,
    "mariadb": mariadb,
    "mongodb": mongodb,
}


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    names, wanted = _parse(arguments)
    missing = [name for name in names if not os.environ.get(variable(name))]
    with command.signals_end_the_run(), tempfile.TemporaryDirectory(prefix="ckf-") as folder:
        Path(folder).chmod(0o711)  # the servers' user passes through it
        processes = Processes(Path(folder))
        try:
            urls = _start(missing, processes)
            return command.run(wanted, os.environ | urls)
        except ServerUnavailableError as error:
            print(f"tests.servers: {error}", file=sys.stderr)
            return 1
        finally:
            with command.signals_wait():
                processes.stop()


def _parse(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the servers wanted and the command, or leave with code 2."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument(
        "--only", default=",".join(NAMES), help="servers to have, comma separated (default: all)"
    )
    parser.add_argument("command", nargs="+", help="what to run, after `--`")
    parsed = parser.parse_args(arguments)
    names = [name for name in str(parsed.only).split(",") if name]
    if unknown := sorted(set(names) - set(RECIPES)):
        parser.error(f"no such server: {', '.join(unknown)} (there are {', '.join(RECIPES)})")
    return names, [str(part) for part in parsed.command]


def _start(names: list[str], processes: Processes) -> dict[str, str]:
    """Obtain the servers one by one, start them side by side, return the variables to export."""
    begun = time.monotonic()
    for name in names:
        RECIPES[name].obtain()
    obtained = time.monotonic()
    with ThreadPoolExecutor(max_workers=len(RECIPES)) as threads:
        try:
            starts = {name: threads.submit(RECIPES[name].start, processes) for name in names}
            urls = {variable(name): start.result() for name, start in starts.items()}
        except BaseException:
            processes.stop()  # or the other threads would wait for servers nobody will use
            raise
    print(
        f"tests.servers: {', '.join(names) or 'nothing to start'}: obtained in "
        f"{obtained - begun:.1f} s, started in {time.monotonic() - obtained:.1f} s",
        file=sys.stderr,
    )
    return urls


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
