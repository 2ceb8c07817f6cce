"""`python -m tests.servers [--only NAMES] -- COMMAND`: run a command with real servers beside it.

Starts every server that no environment variable gives, exports the variables, runs the command
and stops what it started, also when the command fails or a signal ends the run. Exits with the
command's code, or with 1 and one line when a server cannot be had.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
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
# What stands before a server starts after it.
POOLERS: dict[str, Recipe] = {"pgbouncer": pgbouncer}
BEHIND = {"pgbouncer": "postgres"}


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    names, wanted = _parse(arguments)
    try:
        with command.signals_end_the_run(), running() as processes:
            for recipes in (SERVERS, POOLERS):
                _start({name: recipes[name] for name in recipes if name in names}, processes)
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
    """Obtain what no variable gives, one by one; start it side by side; export its URLs."""
    missing = {name: made for name, made in recipes.items() if not os.environ.get(variable(name))}
    if not missing:
        return
    begun = time.monotonic()
    for recipe in missing.values():
        recipe.obtain()
    obtained = time.monotonic()
    with ThreadPoolExecutor(max_workers=len(missing)) as threads:
        try:
            starts = {name: threads.submit(made.start, processes) for name, made in missing.items()}
            os.environ.update({variable(name): start.result() for name, start in starts.items()})
        except BaseException:
            with command.signals_wait():  # the other threads end when their servers do
                processes.stop()
            raise
    print(
        f"tests.servers: {', '.join(missing)}: obtained in {obtained - begun:.1f} s, "
        f"started in {time.monotonic() - obtained:.1f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
