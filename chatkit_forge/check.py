"""The story of `check`: paths -> files -> findings -> report, and an exit code."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import sdk
from .discover import discover
from .errors import UsageError
from .lint import engine, files, selection, suppress
from .lint.finding import Finding
from .lint.project import Project
from .report import concise, json

FORMATS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "concise": concise.render,
    "json": json.render,
}


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Hold what `check` was asked, as typed."""

    root: Path
    paths: tuple[str, ...] = ()
    format: str = "concise"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def check(request: CheckRequest) -> int:
    """Check the files and print what was found; returns 1 for findings, 0 for none.

    Raises UsageError for a request that cannot be carried out.
    """
    render = FORMATS.get(request.format)
    if render is None:
        raise UsageError(f"unknown format {request.format!r}; choose one of {', '.join(FORMATS)}")
    codes = [rule.code for rule in engine.all_rules()]
    wanted = selection.Selection(
        select=selection.codes(request.select, codes, "--select"),
        ignore=selection.codes(request.ignore, codes, "--ignore"),
    )
    found = findings(request, wanted)
    sys.stdout.write(render(found))
    return 1 if found else 0


def findings(request: CheckRequest, wanted: selection.Selection) -> list[Finding]:
    """Return what is wrong in the files of a request, sorted by place."""
    project = Project(request.root)
    modules, unreadable = files.parse(discover(request.root, request.paths), project)
    rules = wanted.rules(engine.all_rules())
    by_path: dict[str, list[Finding]] = {module.path: [] for module in modules}
    for finding in engine.run(modules, project, sdk.facts(), rules):
        by_path.setdefault(finding.path, []).append(finding)
    texts = {module.path: module.text for module in modules}
    for path, those in by_path.items():
        unreadable += suppress.silence(those, path, texts.get(path, ""))
    return sorted(filter(wanted.keeps, unreadable), key=lambda finding: finding.key)
