"""Format staged files with ruff, by the project's own settings where it has them."""

import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from .errors import ToolBroken, UsageError

# Ruff's own default is 88; what we ship is written for 100.
_OUR_SETTINGS = ("--isolated", "--config", "line-length=100")
# In the order in which ruff prefers them within one folder.
_SETTINGS_FILES = (".ruff.toml", "ruff.toml", "pyproject.toml")
_TIMEOUT_SECONDS = 60
_REPAIR = "`pip install --force-reinstall ruff` repairs it"


def ruff_format(stage: Path, files: Sequence[PurePosixPath], project: Path) -> None:
    """Sort the imports of the staged files and format them, in place.

    `stage` mirrors `project`, so that ruff tells the project's own modules from others. Raises
    UsageError for settings that ruff refuses, ToolBroken when ruff is missing or dies.
    """
    for settings, group in _by_settings(files, project).items():
        chosen = _OUR_SETTINGS if settings is None else _use(settings, stage)
        names = [str(path) for path in group]
        # Said again here, because the settings may forbid fixing or leave folders out.
        sort = ["check", "--select", "I", "--fix-only", "--fixable", "I", "--exit-zero"]
        for command in (sort, ["format"]):
            arguments = [*command, "--no-cache", "--quiet", "--no-force-exclude", *chosen, *names]
            _run(arguments, stage, settings)


def settings_file(folder: Path) -> Path | None:
    """Return the file whose ruff settings hold in `folder`: the nearest one, upwards."""
    for parent in (folder, *folder.parents):
        for name in _SETTINGS_FILES:
            candidate = parent / name
            if candidate.is_file() and (name != "pyproject.toml" or _has_ruff(candidate)):
                return candidate
    return None


def _by_settings(
    files: Sequence[PurePosixPath], project: Path
) -> dict[Path | None, list[PurePosixPath]]:
    groups: dict[Path | None, list[PurePosixPath]] = {}
    known: dict[PurePosixPath, Path | None] = {}
    for path in files:
        if path.parent not in known:
            known[path.parent] = settings_file(project / path.parent)
        groups.setdefault(known[path.parent], []).append(path)
    return groups


def _has_ruff(pyproject: Path) -> bool:
    try:
        data = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False  # ruff passes over it as well; whoever needs it will complain
    tool = data.get("tool")
    return isinstance(tool, dict) and "ruff" in tool


def _use(settings: Path, stage: Path) -> tuple[str, ...]:
    """Return the arguments that make ruff use the project's settings.

    `required-version` is for the ruff that the project runs, not for ours, which would refuse to
    start: it is left out, in a copy.
    """
    try:
        text = settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{settings} cannot be read: {error}") from error
    without = re.sub(r"(?m)^\s*required-version\s*=.*$", "", text)
    if without == text:
        return ("--config", str(settings))
    absolute = re.sub(
        r"""(?m)^(\s*extend\s*=\s*)(["'])(.*?)\2""",
        lambda match: f"{match[1]}'{(settings.parent / match[3]).as_posix()}'",
        without,
    )
    # Its name says which kind of file it is.
    copy = stage / ".settings" / settings.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(absolute, encoding="utf-8")
    return ("--config", str(copy))


def _run(arguments: list[str], stage: Path, settings: Path | None) -> None:
    try:
        done = subprocess.run(
            [*_ruff(), *arguments],
            cwd=stage,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolBroken(f"ruff cannot be run: {error}; {_REPAIR}") from error
    if done.returncode == 0:
        return
    causes = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    said = " ".join(causes) or "no message"
    # 2 is ruff's answer to settings that it cannot read.
    if done.returncode == 2 and settings is not None and settings.name in said:
        raise UsageError(f"ruff refuses the settings in {settings}: {causes[-1]}")
    raise ToolBroken(f"ruff ended with code {done.returncode}: {said}; {_REPAIR}")


def _ruff() -> list[str]:
    """Return how to start our own environment's ruff; its module takes longer than the program."""
    name = f"ruff{sysconfig.get_config_var('EXE') or ''}"
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (folder / name).is_file():
            return [str(folder / name)]
    return [sys.executable, "-m", "ruff"]
