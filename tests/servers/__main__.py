"""`python -m tests.servers [--only NAMES] -- COMMAND`: run a command with real servers beside it.

Starts every server that no environment variable gives, exports the variables, runs the command
and stops what it started, also when the command fails or a signal ends the run. Exits with the
command's code, or with 1 and one line when a server cannot be had. What `absent` lets this machine
do without is told in a line each, and handed on to pytest. With `--install` in place of a command,
what is missing is installed, and nothing started.
"""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from . import (
    absent,
    chromium,
    command,
    mariadb,
    mongod,
    mongodb,
    mysql,
    pgbouncer,
    postgres,
    redis,
    scratch,
)
from .errors import ServerUnavailableError
from .processes import Processes, running
from .urls import variable


class Program(Protocol):
    """What the module of a program offers that tests start themselves."""

    def obtain(self) -> None:
        """Install or fetch it if it is missing."""
        ...


class Recipe(Program, Protocol):
    """What each server's module offers."""

    def start(self, processes: Processes) -> str:
        """Start it and return its URL."""
        ...


SERVERS: dict[str, Recipe] = {
    "postgres": postgres,
    "mysql": mysql,
    "mariadb": mariadb,
    "mongodb": mongodb,
    "redis": redis,
}
# A pooler starts once the server behind it has an address.
POOLERS: dict[str, Recipe] = {"pgbouncer": pgbouncer}
BEHIND = {"pgbouncer": "postgres"}
PROGRAMS: dict[str, Program] = {"mongod": mongod, "chromium": chromium}


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    names, wanted = _parse(arguments)
    missing = {name for name in names if not os.environ.get(variable(name))}
    try:
        with command.signals_end_the_run(), scratch.chosen(), running() as processes:
            with _told("obtained", missing):
                missing -= _obtain(missing)
            if not wanted:
                return 0
            with _told("started", missing - PROGRAMS.keys()):
                for recipes in (SERVERS, POOLERS):
                    _start({name: recipes[name] for name in recipes if name in missing}, processes)
            return command.run(wanted)
    except ServerUnavailableError as error:
        print(f"tests.servers: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str]) -> tuple[set[str], list[str]]:
    """Return the servers wanted and the command, none to install only, or leave with code 2."""
    known = [*SERVERS, *POOLERS, *PROGRAMS]
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument(
        "--only", default=",".join(known), help="servers to have, comma separated (default: all)"
    )
    parser.add_argument("--install", action="store_true", help="install what is missing, no more")
    parser.add_argument("command", nargs="*", help="what to run, after `--`")
    parsed = parser.parse_args(arguments)
    if parsed.install == bool(parsed.command):
        parser.error("the following arguments are required: command, or --install alone")
    names = {name for name in str(parsed.only).split(",") if name}
    if unknown := sorted(names - set(known)):
        parser.error(f"no such server: {', '.join(unknown)} (there are {', '.join(known)})")
    names |= {BEHIND[name] for name in names & set(BEHIND)}
    return names, [str(part) for part in parsed.command]


def _obtain(missing: set[str]) -> set[str]:
    """Get servers and programs; return which of them this run does without, and say why.

    Side by side: while apt installs the one, the other comes over the network.
    """
    left: set[str] = set()
    programs: dict[str, Program] = {**SERVERS, **POOLERS, **PROGRAMS}
    with ThreadPoolExecutor() as threads:
        obtained = {
            name: threads.submit(program.obtain)
            for name, program in programs.items()
            if name in missing
        }
    for name, program in obtained.items():
        try:
            program.result()
        except ServerUnavailableError as error:
            if name not in absent.WITHOUT or absent.obligatory():
                raise
            print(f"tests.servers: left out {absent.WITHOUT[name]}: {error}", file=sys.stderr)
            left.add(name)
    os.environ[absent.VARIABLE] = absent.told(left)
    return left


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
