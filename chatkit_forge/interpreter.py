"""Find the Python whose installed ChatKit counts: the project's own, never by accident ours."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Name an interpreter, where the choice came from, and its `chatkit` package, if it has one."""

    python: Path
    source: str
    chatkit: Path | None

    def __str__(self) -> str:
        """Return "path (where from)"."""
        return f"{self.python} ({self.source})"


def find(root: Path, asked: str | None, configured: str | None) -> Interpreter:
    """Return the interpreter of a project: asked for, configured, its .venv, the active one, ours.

    No process is started. An active environment that is our own prefix counts last: pre-commit
    activates the environment of the hook. Raises UsageError when one that was named is not there.
    """
    for text, source in ((asked, "--python"), (configured, "pyproject.toml")):
        if text is not None:
            python = _named(root, text, source)
            return Interpreter(python, source, _chatkit(python))
    for folder, source in _environments(root):
        python = _in_environment(folder)
        if python is not None:
            return Interpreter(python, source, _chatkit(python))
    return Interpreter(Path(sys.executable), "chatkit-forge's own", _chatkit(Path(sys.executable)))


def _named(root: Path, text: str, source: str) -> Path:
    path = Path(os.path.expanduser(text))
    path = path if path.is_absolute() else root / path
    if path.is_dir():
        inside = _in_environment(path)
        if inside is not None:
            return inside
    if not path.is_file():
        raise UsageError(f"{source}: {text} is no Python interpreter and no virtual environment")
    return path


def _environments(root: Path) -> Iterator[tuple[Path, str]]:
    yield root / ".venv", "the project's .venv"
    active = os.environ.get("VIRTUAL_ENV")
    if active and Path(active).resolve() != Path(sys.prefix).resolve():
        yield Path(active), "VIRTUAL_ENV"


def _in_environment(folder: Path) -> Path | None:
    """Return the interpreter of a virtual environment; None when there is none."""
    for name in ("bin/python", "Scripts/python.exe"):
        if (folder / name).is_file():
            return folder / name
    return None


def _chatkit(python: Path) -> Path | None:
    """Return the `chatkit` package that an interpreter imports, found in its folders."""
    prefix = python.parent.parent
    if Path(sys.prefix).resolve() == prefix.resolve():
        return _importable()
    for pattern in (
        "lib/python3*/site-packages",
        "lib64/python3*/site-packages",
        "Lib/site-packages",
    ):
        for folder in sorted(prefix.glob(pattern)):
            if (folder / "chatkit" / "types.py").is_file():
                return folder / "chatkit"
    return None


def _importable() -> Path | None:
    import importlib.util  # noqa: PLC0415  only for our own environment

    spec = importlib.util.find_spec("chatkit")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None
