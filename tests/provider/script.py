"""What the stand-in can be told to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any


class Hold:
    """Stop here until the test lets go; slow without a clock.

    `reached` is set when everything before it has been sent.
    """

    def __init__(self) -> None:
        """Begin held."""
        self.reached = Event()
        self._released = Event()

    def release(self) -> None:
        """Let the stand-in go on."""
        self._released.set()

    def wait(self) -> None:
        """Block until released; for the stand-in, in a thread."""
        self.reached.set()
        self._released.wait()


@dataclass(frozen=True)
class BreakOff:
    """Close the connection in the middle of the body."""


@dataclass(frozen=True)
class Fail:
    """Report an error inside a stream that began well, as providers do when they are overloaded."""

    code: str = "server_error"
    message: str = "The server had an error while processing your request."


Piece = str | Hold | BreakOff | Fail


@dataclass(frozen=True, init=False)
class Say:
    """Send one message; text goes out word by word, the other pieces happen between the words."""

    pieces: tuple[Piece, ...]

    def __init__(self, *pieces: Piece) -> None:
        """Take the pieces in their order."""
        object.__setattr__(self, "pieces", pieces)

    @property
    def text(self) -> str:
        """Return the whole message."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def cut_short(self) -> bool:
        """Return whether the message never comes to its end."""
        return any(isinstance(piece, BreakOff | Fail) for piece in self.pieces)


@dataclass(frozen=True)
class Call:
    """Ask for a tool."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Refuse:
    """Answer with a status other than 200 and an error as JSON."""

    status: int
    code: str | None = None
    message: str = "refused by the stand-in"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Silence:
    """Answer as if all were well, with a stream that ends before anything is in it."""


# One request gets one of the first two, or these one after the other: messages, then the calls.
Reply = Refuse | Silence | tuple[Say | Call, ...]
