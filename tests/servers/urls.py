"""Where the tests' servers are: one environment variable a server, and no default."""

import os


class MissingUrlError(LookupError):
    """A test wants a server and nobody said where it is."""


# Programs that tests start themselves: a path says where they are, not a URL.
PROGRAMS = ("chromium", "mongod")


def variable(name: str) -> str:
    """Return the name of the environment variable with a server's URL or a program's path."""
    return f"CHATKIT_FORGE_{name.upper()}" + ("" if name in PROGRAMS else "_URL")


def url(name: str) -> str:
    """Return the URL of the named server, password included.

    Raises MissingUrlError when its variable is not set: a test without its server fails, it is not
    skipped.
    """
    found = os.environ.get(variable(name))
    if not found:
        raise MissingUrlError(
            f"{variable(name)} is not set: run `python -m tests.servers -- pytest ...`, "
            "or `make quick` for the tests that need no server"
        )
    return found
