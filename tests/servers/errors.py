"""The one error of this room: a server cannot be had, and what the reader can do about it."""

from .urls import PROGRAMS, variable


class ServerUnavailableError(Exception):
    """A server that cannot be had; its text is one line for the person at the terminal."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the server, why it is missing and the variable that gives a running one."""
        what = "its path" if name in PROGRAMS else "a running server"
        super().__init__(f"{name}: {reason}; or set {variable(name)} to {what}")
