"""The story of `check`: paths -> files -> findings -> fixes or a report, and an exit code."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from . import baseline, check_settings, sdk
from .check_settings import Given, Settings
from .discover import Found, Unreadable, discover
from .errors import UsageError
from .lint import engine, files, suppress
from .lint.finding import Finding
from .lint.project import Project
from .report import FORMATS, render


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


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what was found, sorted by place, and the sources by path."""

    findings: list[Finding]
    texts: Mapping[str, str]


def check(request: CheckRequest) -> int:
    """Check the files, mend or report them; returns 1 for findings that are left, 0 for none.

    Raises UsageError for a request that cannot be carried out.
    """
    for name, _ in request.outputs:
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}; choose one of {', '.join(FORMATS)}")
    settings = check_settings.settle(request.root, request.given)
    found = list(discover(request.root, request.paths, settings.exclude))
    if request.fix or request.unsafe_fixes or request.diff:
        found = _mend(request, settings, found)
        if request.diff:
            return 1 if found else 0
    result = look(request.root, settings, found)
    result = replace(result, findings=_without_known(request.root, settings, result))
    _report(request, result)
    return 1 if result.findings else 0


def look(root: Path, settings: Settings, found: Iterable[Found | Unreadable]) -> Checked:
    """Return what is wrong in these files."""
    project = Project(root)
    modules, findings = files.parse(found, project)
    rules = settings.selection.rules(engine.all_rules())
    by_path: dict[str, list[Finding]] = {module.path: [] for module in modules}
    for finding in engine.run(modules, project, sdk.facts(), rules):
        by_path.setdefault(finding.path, []).append(finding)
    texts = {module.path: module.text for module in modules}
    for path, those in by_path.items():
        findings += suppress.silence(those, path, texts.get(path, ""))
    kept = filter(settings.selection.keeps, findings)
    levels = [replace(f, severity=settings.severity.get(f.code, f.severity)) for f in kept]
    return Checked(sorted(levels, key=lambda finding: finding.key), texts)


def _mend(
    request: CheckRequest, settings: Settings, found: list[Found | Unreadable]
) -> list[Found | Unreadable]:
    """Make the fixes, or show them; returns the files as they are then."""
    from . import mend  # noqa: PLC0415  only where something is changed

    before = {str(file.path): file.data for file in found if isinstance(file, Found)}

    def find(current: Mapping[str, bytes]) -> list[Finding]:
        now = [Found(PurePosixPath(path), data) for path, data in current.items()]
        return look(request.root, settings, now).findings

    mended = mend.mend(before, find, unsafe=request.unsafe_fixes)
    if request.diff:
        sys.stdout.write(mend.diff(mended, before))
        return [Found(PurePosixPath(path), data) for path, data in mended.files.items()]
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


def _without_known(root: Path, settings: Settings, result: Checked) -> list[Finding]:
    """Return the findings that a baseline does not hold; keep the file up to date.

    Where CI is set nothing is written, and an entry that nothing stands for is an error.
    """
    if settings.baseline is None:
        return result.findings
    path = root / settings.baseline
    known = baseline.read(path, settings.baseline)
    in_ci = bool(os.environ.get("CI"))
    if known is None:
        if in_ci:
            raise UsageError(f"{settings.baseline} does not exist; make it where CI is not set")
        entries = baseline.entries(result.findings, result.texts)
        path.write_text(baseline.text(entries), encoding="utf-8")
        print(f"wrote {settings.baseline} with {len(entries)} findings", file=sys.stderr)
        return []
    looked_at = frozenset(result.texts) | {f.path for f in result.findings}
    compared = baseline.compare(result.findings, result.texts, known, looked_at)
    if compared.stale and in_ci:
        raise baseline.StaleBaselineError(settings.baseline, compared.stale)
    if compared.stale:
        path.write_text(baseline.text(compared.kept), encoding="utf-8")
        print(f"{len(compared.stale)} findings fewer in {settings.baseline}", file=sys.stderr)
    return compared.new


def _report(request: CheckRequest, result: Checked) -> None:
    """Print and write the findings in every form that was asked for."""
    for name, target in request.outputs:
        text = render(name, result.findings, result.texts)
        if target is None:
            sys.stdout.write(text)
            continue
        try:
            (request.root / target).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from error
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from .report import github  # noqa: PLC0415  only there

        if all(name != "github" for name, target in request.outputs if target is None):
            sys.stdout.write(github.render(result.findings))
        github.write_summary(result.findings)
    if request.statistics:
        sys.stdout.write(_statistics(result.findings))


def _statistics(findings: list[Finding]) -> str:
    """Return how often each code was found, most often first."""
    counts: dict[tuple[str, str], int] = {}
    for finding in findings:
        key = (finding.code, finding.name)
        counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return "".join(f"{count:5}  {code}  {name}\n" for (code, name), count in ordered)
