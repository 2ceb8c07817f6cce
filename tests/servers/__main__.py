"""`python -m tests.servers [--only NAMES] -- COMMAND`: run a command with real servers beside it.

Starts every server that no environment variable gives, exports the variables, runs the command
and stops what it started, also when the command fails or a signal ends the run. Exits with the
command's code, or with 1 and one line when a server cannot be had.
"""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from . import command, mariadb, mongodb, mysql, pgbouncer, postgres
from .errors import ServerUnavailableError
from .processes import Processes, running
from .urls import variable


class Recipe(Protocol):
    """What each server's module offers."""

    def obtain(self) -> None:
        """Install or fetch the server if it is missing."""
        ...

    def start(self, processes: Processes) -> str:
        """Start it and return its URL."""
        ...


SERVERS: dict[str, Recipe] = {
    "postgres": postgres,
    "mysql": mysql,
    "mariadb": mariadb,
    "mongodb": mongodb,
}
# A pooler starts once the server behind it has an address.
POOLERS: dict[str, Recipe] = {"pgbouncer": pgbouncer}
BEHIND = {"pgbouncer": "postgres"}


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    names, wanted = _parse(arguments)
    missing = {name for name in names if not os.environ.get(variable(name))}
    try:
        with command.signals_end_the_run(), running() as processes:
            with _told("obtained", missing):
                for name, recipe in (SERVERS | POOLERS).items():
                    if name in missing:
                        recipe.obtain()
            with _told("started", missing):
                for recipes in (SERVERS, POOLERS):
                    _start({name: recipes[name] for name in recipes if name in missing}, processes)
            return command.run(wanted)
    except ServerUnavailableError as error:
        print(f"tests.servers: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str]) -> tuple[set[str], list[str]]:
    """Return the servers wanted and the command, or leave with code 2."""
    known = [*SERVERS, *POOLERS]
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument(
        "--only", default=",".join(known), help="servers to have, comma separated (default: all)"
    )
    parser.add_argument("command", nargs="+", help="what to run, after `--`")
    parsed = parser.parse_args(arguments)
    names = {name for name in str(parsed.only).split(",") if name}
    if unknown := sorted(names - set(known)):
        parser.error(f"no such server: {', '.join(unknown)} (there are {', '.join(known)})")
    names |= {BEHIND[name] for name in names & set(BEHIND)}
    return names, [str(part) for part in parsed.command]


def _start(recipes: Mapping[str, Recipe], processes: Processes) -> None:
    """Start servers side by side and export their URLs."""
    with ThreadPoolExecutor() as threads:
        try:
            starts = {name: threads.submit(made.start, processes) for name, made in recipes.items()}
            os.environ.update({variable(name): start.result() for name, start in starts.items()})
        except BaseException:
            with command.signals_wait():  # the other threads end when their servers do
                processes.stop()
            raise


@contextlib.contextmanager
def _told(what: str, names: set[str]) -> Generator[None, None, None]:
    """Tell on stderr how long a step took, where there was one."""
    begun = time.monotonic()
    yield
    if names:
        taken = f"{time.monotonic() - begun:.1f} s"
        print(f"tests.servers: {what} {', '.join(sorted(names))} in {taken}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
