"""Put what to type next into lines, as they are printed and as programs read them."""

import shutil
from collections.abc import Iterator
from pathlib import PurePosixPath

from .install import NextSteps
from .options import AppOptions, Options, ServerOptions, StoreOptions

_ADDRESS = "http://localhost:8000"
_JWT = "JWT_AUDIENCE and JWT_SECRET"


def next_lines(options: Options, steps: NextSteps) -> list[str]:
    """Return the lines in the order in which they are to be typed."""
    match options:
        case StoreOptions():
            return list(_store(steps))
        case ServerOptions():
            return list(_server(options, steps))
        case AppOptions():
            return list(_app(options, steps))


def _store(steps: NextSteps) -> Iterator[str]:
    yield steps.install
    if steps.setting is not None:
        yield f"in .env: {steps.setting}"
    yield from _tests(steps)


def _server(options: ServerOptions, steps: NextSteps) -> Iterator[str]:
    yield steps.install
    if options.auth == "jwt":
        yield f"in .env: {_JWT}"
    yield f"{_run(options, steps)}    # {_ADDRESS}"
    yield from _tests(steps)


def _app(options: AppOptions, steps: NextSteps) -> Iterator[str]:
    yield f"cd {options.name}"
    if shutil.which("make") is None:
        yield steps.install
        yield "copy .env.example to .env"
        run, test = _run(options.server, steps), steps.test
    else:
        # It installs what it needs, into an environment of the project's own.
        run, test = "make run", "make test" if steps.test else None
    if options.server.auth == "jwt":
        yield f"cp .env.example .env, and in it: {_JWT}"
    if options.store.backend not in ("sqlite", "memory"):
        yield "docker compose up --detach --wait database    # or set DATABASE_URL in .env"
    yield f"{run}    # {_ADDRESS}"
    if test:
        yield test


def _run(options: ServerOptions, steps: NextSteps) -> str:
    """Return the command that serves the application."""
    root = options.package.import_root
    path = "" if root == PurePosixPath(".") else f" --app-dir {root}"
    return f"{steps.prefix}python -m uvicorn {options.app_entry}{path}"


def _tests(steps: NextSteps) -> Iterator[str]:
    if steps.test_setting is not None:
        yield f"in the environment of the tests: {steps.test_setting}"
    if steps.test is not None:
        yield steps.test
