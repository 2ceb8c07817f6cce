"""The story of `check`: paths -> files -> findings -> fixes or a report, and an exit code."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from . import baseline, cache, check_settings, interpreter
from .cache import Answer
from .check_settings import Given
from .discover import Found, Unreadable, about_chatkit, discover, stamps
from .errors import UsageError
from .interpreter import Interpreter
from .lint.finding import Finding
from .lint.source import decode
from .report import FORMATS
from .report.deliver import deliver, for_people, statistics

if TYPE_CHECKING:
    from .look import Looker
    from .project_types import ProjectTypes

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
    place = interpreter.find(
        request.root, request.given.python, check_settings.python(request.root)
    )
    left_out = check_settings.exclude(request.root)
    found: list[Found | Unreadable] = list(discover(request.root, request.paths, left_out))
    if request.diff:
        return _show(request, _looker(request, place), found)
    if request.fix or request.unsafe_fixes:
        found = _mend(request, _looker(request, place), found)
    answer = _answer(request, place, found)
    texts = _texts(answer, found)
    left = answer.findings
    known = check_settings.baseline(request.root, request.given)
    if known is not None:
        asked = _asked(request, found, texts, left)
        try:
            left = baseline.without_known(request.root, known, left, texts, asked)
        except baseline.StaleBaselineError as error:
            _report(request, place, answer, error.new, texts)
            raise
    _report(request, place, answer, left, texts)
    return 1 if left else 0


def _report(
    request: CheckRequest,
    place: Interpreter,
    answer: Answer,
    left: list[Finding],
    texts: Mapping[str, str],
) -> None:
    """Write what was found in every form that was asked for, and what it was held against."""
    deliver(request.root, request.outputs, left, texts)
    if request.statistics:
        # Not into a report that a program reads.
        plain = for_people(request.outputs)
        (sys.stdout if plain else sys.stderr).write(statistics(left))
    _say_how(request, place, answer, left)


def _looker(request: CheckRequest, place: Interpreter) -> "Looker":
    from .look import looker  # noqa: PLC0415  a check that is remembered needs no rules

    return looker(request.root, check_settings.settle(request.root, request.given), place)


def _answer(
    request: CheckRequest, place: Interpreter, found: Sequence[Found | Unreadable]
) -> Answer:
    """Return what is wrong in the files: remembered, where nothing changed."""
    # What a part of a project is, depends on what it imports of the rest.
    rest = stamps(request.root, check_settings.exclude(request.root)) if request.paths else ()
    key = cache.key(request.root, place, (request.paths, request.given, rest), found)
    answer = cache.load(key)
    if answer is None:
        with _pyright(request, place, found) as pyright:
            eye = _looker(request, place)
            result = eye.look(found, pyright)
        paths = list(result.texts)
        answer = Answer(result.findings, paths, eye.sdk.version, eye.recorded, result.hidden)
        cache.store(key, answer)
    return answer


def _pyright(
    request: CheckRequest, place: Interpreter, found: Sequence[Found | Unreadable]
) -> AbstractContextManager["ProjectTypes | None"]:
    """Start pyright where types are wanted, before our rules are loaded: it takes the longest."""
    wanted = check_settings.types(request.root, request.given) and place.chatkit is not None
    if not wanted or not any(isinstance(f, Found) and about_chatkit(f.data) for f in found):
        return nullcontext()
    from .likely import likely  # noqa: PLC0415  only with types
    from .project_types import ProjectTypes  # noqa: PLC0415  only with types

    return ProjectTypes(request.root, place, likely(found))


def _texts(answer: Answer, found: Sequence[Found | Unreadable]) -> dict[str, str]:
    """Return the sources of the files that were looked at, by path."""
    looked_at = set(answer.paths)
    return {
        str(file.path): decode(file.data)
        for file in found
        if isinstance(file, Found) and str(file.path) in looked_at
    }


def _asked(
    request: CheckRequest,
    found: Sequence[Found | Unreadable],
    texts: Mapping[str, str],
    findings: Sequence[Finding],
) -> baseline.Asked:
    """Return what says whether this run would have found what an entry of a baseline stands for.

    Not of a code that was left out, nor of pyright's without types, nor in a file that was not
    checked.
    """
    others = {str(f.path) for f in found if isinstance(f, Found) and not about_chatkit(f.data)}
    whole = (texts.keys() | others) - {f.path for f in findings if f.code == "CKF001"}

    def asked(entry: Mapping[str, str]) -> bool:
        path = entry["path"]
        if path not in whole and (request.root / path).exists():
            return False
        settings = check_settings.settle(request.root, request.given)
        typed = settings.types or not baseline.is_typed(entry)
        return typed and settings.selection.wants(entry["code"])

    return asked


def _show(request: CheckRequest, eye: "Looker", found: list[Found | Unreadable]) -> int:
    """Print the fixes as a patch."""
    from . import mend  # noqa: PLC0415  only where something is changed

    before = _sources(found)
    mended = mend.mend(before, _finder(eye), unsafe=request.unsafe_fixes)
    sys.stdout.write(mend.diff(mended, before))
    _say_refused(mended.refused)
    return 1 if mended.files else 0


def _mend(
    request: CheckRequest, eye: "Looker", found: list[Found | Unreadable]
) -> list[Found | Unreadable]:
    """Make the fixes; returns the files as they are then."""
    from . import mend  # noqa: PLC0415  only where something is changed

    before = _sources(found)
    mended = mend.mend(before, _finder(eye), unsafe=request.unsafe_fixes)
    left = mend.write(request.root, mended, before)
    _say_refused(mended.refused)
    for path in left:
        print(f"{path} changed on disk meanwhile and was left alone; run again", file=sys.stderr)
    fresh = {path: data for path, data in mended.files.items() if path not in left}
    if fresh:
        count = sum(mended.counts[path] for path in fresh)
        print(f"fixed {count} in {len(fresh)} files", file=sys.stderr)
    return [
        replace(file, data=fresh.get(str(file.path), file.data))
        if isinstance(file, Found)
        else file
        for file in found
    ]


def _say_refused(refused: Mapping[str, str]) -> None:
    for path, reason in refused.items():
        print(f"{path} was not mended: {reason}", file=sys.stderr)


def _sources(found: list[Found | Unreadable]) -> dict[str, bytes]:
    return {str(file.path): file.data for file in found if isinstance(file, Found)}


def _finder(eye: "Looker") -> Finder:
    """Return what finds mistakes in sources that are not on disk yet: our rules alone."""

    def find(current: Mapping[str, bytes]) -> list[Finding]:
        now = [Found(PurePosixPath(path), data) for path, data in current.items()]
        return eye.look(now).findings

    return find


def _say_how(
    request: CheckRequest, place: Interpreter, answer: Answer, left: list[Finding]
) -> None:
    """Say what the files were held against, where somebody reads it and may wonder."""
    if answer.recorded:
        print(
            f"no ChatKit SDK in {place}: checked against the record of {answer.sdk}",
            file=sys.stderr,
        )
    elif request.verbose or left:
        print(f"chatkit {answer.sdk} of {place}", file=sys.stderr)
    if request.verbose:
        print(f"{len(answer.paths)} files that concern ChatKit", file=sys.stderr)
        for path, setting in answer.hidden.items():
            print(f"{path} was not checked by pyright: {setting}", file=sys.stderr)
