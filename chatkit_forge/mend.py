"""`--fix` and `--diff`: rounds of fixes, each file written whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import disk
from .lint.finding import Finding
from .patch import unified

# Far more than any rule needs: two fixes that undo each other must not go on for ever.
_ROUNDS = 10


@dataclass(slots=True)
class Mended:
    """Hold the files with their new bytes, how many fixes were made, and why some were not.

    `counts` are the fixes by path.
    `refused` gives the reason by path, or by place and code where it is about a single fix.
    """

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[str, str] = field(default_factory=dict[str, str])


def mend(
    files: Mapping[str, bytes],
    find: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    *,
    unsafe: bool,
) -> Mended:
    """Return what the files become when all fixes are made, until nothing more is offered.

    `find` looks at files by path and returns findings; nothing is written.
    """
    from .lint.fix import CannotMendError, apply  # noqa: PLC0415  libcst takes 0.1 s

    mended, current = Mended(), dict(files)
    refused: dict[str, str] = {}
    for _ in range(_ROUNDS):
        changed = False
        refused = {}  # by the places of the last round, which are those in what is written
        by_path: dict[str, list[Finding]] = {}
        for finding in find(current):
            safety = finding.fix.safety if finding.fix else None
            if safety == "safe" or (safety == "unsafe" and unsafe):
                by_path.setdefault(finding.path, []).append(finding)
        for path, those in by_path.items():
            if path not in current or path in mended.refused:
                continue  # a module that was only looked up: not asked for, not touched
            try:
                applied = apply(current[path], [each.fix for each in those if each.fix])
            except CannotMendError as error:
                mended.refused[path] = str(error)
                continue
            for finding in those:
                if finding.fix in applied.refused:
                    place = f"{path}:{finding.span.line}:{finding.span.column}: {finding.code}"
                    refused[place] = "its fix has no place there, or would not parse"
            if applied.made:
                current[path] = mended.files[path] = applied.data
                mended.counts[path] = mended.counts.get(path, 0) + len(applied.made)
                changed = True
        if not changed:
            break
    mended.refused |= refused
    mended.files = {path: data for path, data in mended.files.items() if data != files[path]}
    return mended


def write(root: Path, mended: Mended, seen: Mapping[str, bytes]) -> list[str]:
    """Write the files; return those that changed on disk since they were read, left alone."""
    changed: list[str] = []
    for path, data in mended.files.items():
        target = root / path
        if not disk.replace(target, data, seen[path]):
            changed.append(path)
    return changed


def diff(mended: Mended, before: Mapping[str, bytes]) -> str:
    """Return the changes as a patch."""
    return "".join(
        unified(
            before[path].decode(errors="replace"),
            data.decode(errors="replace"),
            f"a/{path}",
            f"b/{path}",
        )
        for path, data in sorted(mended.files.items())
    )
