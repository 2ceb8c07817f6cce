"""Start the command line: answer `--version` at once, turn every failure into one line."""

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, NoReturn

from chatkit_forge import __version__
from chatkit_forge.errors import ForgeError

# What the machine refuses, whoever asks; the rooms that write explain theirs in more detail.
_NOT_OURS = {
    errno.EPIPE,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
}


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    # Trees of source are all in use, and searching them for garbage takes a quarter of the time.
    gc.set_threshold(200_000, 50, 50)
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        _accept_any_text(stream)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _output_lost(error)
    with suppress(OSError):
        sys.stderr.flush()
    # What is left is memory, which goes with the process: Python would take it apart node by node.
    os._exit(code)


def run(args: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 2 usage or conflict, 3 our fault."""
    try:
        if list(args) in (["--version"], ["-V"]):
            print(f"chatkit-forge {__version__}")
            return 0
        from chatkit_forge.cli import invoke  # noqa: PLC0415  typer alone takes 45 ms

        return invoke(args or ["--help"])
    except ForgeError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NOT_OURS:
            return _output_lost(error)
        # The user never sees a traceback without asking for it.
        if os.environ.get("CHATKIT_FORGE_DEBUG"):
            raise
        return _bug(error)


def _bug(error: Exception) -> int:
    try:
        words = str(error)
    except RecursionError:  # some show a whole tree
        words = "no message"
    detail = " ".join(f"{type(error).__name__}: {words}".split())[:300]
    return _fail(
        f"this is a bug in chatkit-forge {__version__} ({detail}); please file a bug report "
        "with what CHATKIT_FORGE_DEBUG=1 shows",
        3,
    )


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def _output_lost(error: OSError) -> int:
    """Leave quietly when the reader of our output has gone; else say what the machine refused."""
    # What is left in the buffer would raise again when it is flushed at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return 141
    if error.filename and error.errno in {errno.EACCES, errno.EPERM}:
        # Reading, as likely as writing.
        return _fail(f"no access to {error.filename}: {error.strerror}; check its permissions", 2)
    place = error.filename or "the output or a temporary file"
    return _fail(f"cannot write {place}: {error.strerror}", 2)


def _open_what_is_closed() -> None:
    """Stand in for a standard stream that the process was started without; Python has None there.

    In this order, because what is opened takes the lowest number that is free: a file of ours
    under the number of stderr would get what others complain of.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _accept_any_text(stream: IO[str]) -> None:
    """Let a path or name that the terminal's encoding lacks be shown escaped."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
