"""The story of `check`: paths -> files -> findings -> fixes or a report, and an exit code."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from . import baseline, check_settings, interpreter
from .check_settings import Given
from .discover import Found, Unreadable, discover
from .errors import UsageError
from .lint.finding import Finding
from .look import Checked, Looker, looker
from .report import FORMATS
from .report.deliver import deliver, statistics

Finder = Callable[[Mapping[str, bytes]], list[Finding]]


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Hold what `check` was asked, as typed.

    `outputs` are pairs of a format and a file, None for the standard output.
    """

    root: Path
    paths: tuple[str, ...] = ()
    given: Given = field(default_factory=Given)
    outputs: tuple[tuple[str, str | None], ...] = (("full", None),)
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    statistics: bool = False
    verbose: bool = False


def check(request: CheckRequest) -> int:
    """Check the files, mend or report them; returns 1 for findings that are left, 0 for none.

    Raises UsageError for a request that cannot be carried out, ToolBroken when the check could not
    be made.
    """
    for name, _ in request.outputs:
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}; choose one of {', '.join(FORMATS)}")
    settings = check_settings.settle(request.root, request.given)
    place = interpreter.find(request.root, request.given.python, settings.python)
    eye = looker(request.root, settings, place)
    found: list[Found | Unreadable] = list(discover(request.root, request.paths, settings.exclude))
    if request.diff:
        return _show(request, eye, found)
    if request.fix or request.unsafe_fixes:
        found = _mend(request, eye, found)
    result = eye.look(found, types=settings.types)
    left = result.findings
    if settings.baseline is not None:
        left = baseline.without_known(request.root, settings.baseline, left, result.texts)
    deliver(request.root, request.outputs, left, result.texts)
    if request.statistics:
        sys.stdout.write(statistics(left))
    _say_how(request, eye, result, left)
    return 1 if left else 0


def _show(request: CheckRequest, eye: Looker, found: list[Found | Unreadable]) -> int:
    """Print the fixes as a patch."""
    from . import mend  # noqa: PLC0415  only where something is changed

    before = _sources(found)
    mended = mend.mend(before, _finder(eye), unsafe=request.unsafe_fixes)
    sys.stdout.write(mend.diff(mended, before))
    return 1 if mended.files else 0


def _mend(
    request: CheckRequest, eye: Looker, found: list[Found | Unreadable]
) -> list[Found | Unreadable]:
    """Make the fixes; returns the files as they are then."""
    from . import mend  # noqa: PLC0415  only where something is changed

    before = _sources(found)
    mended = mend.mend(before, _finder(eye), unsafe=request.unsafe_fixes)
    left = mend.write(request.root, mended, before)
    for path in left:
        print(f"{path} changed on disk meanwhile and was left alone; run again", file=sys.stderr)
    if mended.count:
        print(f"fixed {mended.count} in {len(mended.files) - len(left)} files", file=sys.stderr)
    fresh = {path: data for path, data in mended.files.items() if path not in left}
    return [
        Found(file.path, fresh.get(str(file.path), file.data)) if isinstance(file, Found) else file
        for file in found
    ]


def _sources(found: list[Found | Unreadable]) -> dict[str, bytes]:
    return {str(file.path): file.data for file in found if isinstance(file, Found)}


def _finder(eye: Looker) -> Finder:
    """Return what finds mistakes in sources that are not on disk yet: our rules alone."""

    def find(current: Mapping[str, bytes]) -> list[Finding]:
        now = [Found(PurePosixPath(path), data) for path, data in current.items()]
        return eye.look(now, types=False).findings

    return find


def _say_how(request: CheckRequest, eye: Looker, result: Checked, left: list[Finding]) -> None:
    """Say what the files were held against, where somebody reads it and may wonder."""
    if eye.recorded:
        print(
            f"no ChatKit SDK in {eye.interpreter}: checked against the record of {eye.sdk.version}",
            file=sys.stderr,
        )
    elif request.verbose or left:
        print(f"chatkit {eye.sdk.version} of {eye.interpreter}", file=sys.stderr)
    if request.verbose:
        print(f"{len(result.texts)} files that concern ChatKit", file=sys.stderr)
