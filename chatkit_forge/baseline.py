"""`--baseline`: findings that are known and left for later, in a file that can only shrink."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .errors import ForgeError, UsageError
from .lint.finding import Finding
from .report.fingerprint import fingerprints

Asked = Callable[[Mapping[str, str]], bool]


class StaleBaselineError(ForgeError):
    """Report entries that nothing stands for any more, where the file must not be rewritten.

    `new` are the findings that the baseline does not hold: they are to be reported as ever.
    """

    exit_code = 1

    def __init__(
        self, shown: str, entries: Sequence[dict[str, str]], new: Sequence[Finding]
    ) -> None:
        """Name the file and the first of the entries."""
        self.new = list(new)
        first = f"{entries[0]['path']} {entries[0]['code']}"
        super().__init__(
            f"{shown} holds {len(entries)} findings that are gone ({first}, ...); "
            "run check once where CI is not set, and commit the file"
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold the findings that are not in the baseline, and the entries nothing stands for now."""

    new: list[Finding]
    kept: list[dict[str, str]]
    stale: list[dict[str, str]]


def read(path: Path, shown: str) -> list[dict[str, str]] | None:
    """Return the entries of a baseline, None when there is no file yet.

    Raises UsageError for a file that is damaged or something else.
    """
    try:
        data: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{shown} cannot be read as a baseline: {error}") from error
    found = _entries(data)
    if found is None:
        raise UsageError(f"{shown} is no baseline of chatkit-forge; delete it to begin anew")
    return found


def _entries(data: object) -> list[dict[str, str]] | None:
    """Return the entries, None when this is no baseline of ours."""
    if not isinstance(data, dict):
        return None
    whole = cast("dict[str, object]", data)
    entries = whole.get("findings")
    if whole.get("version") != 1 or not isinstance(entries, list):
        return None
    found: list[dict[str, str]] = []
    for entry in cast("list[object]", entries):
        if not isinstance(entry, dict):
            return None
        plain = {str(k): str(v) for k, v in cast("dict[object, object]", entry).items()}
        if not plain.keys() >= {"fingerprint", "path", "code"}:
            return None
        found.append(plain)
    return found


def compare(
    findings: Sequence[Finding],
    texts: Mapping[str, str],
    known: Sequence[dict[str, str]],
    asked: Asked,
) -> Compared:
    """Part findings from those that a baseline knows.

    An entry is stale when its finding is gone and this run would have found it: `asked` says so.
    """
    waiting = {entry["fingerprint"]: entry for entry in known}
    new: list[Finding] = []
    kept: list[dict[str, str]] = []
    for finding, name in zip(findings, fingerprints(findings, texts), strict=True):
        entry = waiting.pop(name, None)
        if entry is None:
            new.append(finding)
        else:
            kept.append(entry)
    stale: list[dict[str, str]] = []
    for entry in waiting.values():
        (stale if asked(entry) else kept).append(entry)
    return Compared(new, kept, stale)


def text(entries: Sequence[dict[str, str]]) -> str:
    """Return the file's text, the same for the same entries."""
    ordered = sorted(
        entries, key=lambda entry: (entry["path"], entry["code"], entry["fingerprint"])
    )
    return json.dumps({"version": 1, "findings": ordered}, indent=2) + "\n"


def entries(findings: Sequence[Finding], texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return an entry for each finding."""
    return [
        {
            "path": finding.path,
            "code": finding.code,
            "fingerprint": name,
            "message": finding.message,
            "pyright": finding.pyright,
        }
        for finding, name in zip(findings, fingerprints(findings, texts), strict=True)
    ]


def is_typed(entry: Mapping[str, str]) -> bool:
    """Say whether pyright saw what an entry stands for: without types it may go unseen."""
    return bool(entry.get("pyright")) or not entry["code"].startswith("CKF")


def without_known(
    root: Path, shown: str, findings: Sequence[Finding], texts: Mapping[str, str], asked: Asked
) -> list[Finding]:
    """Return the findings that the baseline does not hold; keep the file up to date.

    Where CI is set nothing is written, and an entry that nothing stands for is StaleBaselineError.
    """
    path = root / shown
    known = read(path, shown)
    in_ci = bool(os.environ.get("CI"))
    if known is None:
        if in_ci:
            raise UsageError(f"{shown} does not exist; make it where CI is not set, and commit it")
        found = entries(findings, texts)
        _write(path, shown, found)
        print(f"wrote {shown} with {len(found)} findings", file=sys.stderr)
        return []
    compared = compare(findings, texts, known, asked)
    if compared.stale and in_ci:
        raise StaleBaselineError(shown, compared.stale, compared.new)
    if compared.stale:
        _write(path, shown, compared.kept)
        print(f"{len(compared.stale)} findings fewer in {shown}", file=sys.stderr)
    return compared.new


def _write(path: Path, shown: str, found: Sequence[dict[str, str]]) -> None:
    try:
        path.write_text(text(found), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {shown}: {error.strerror}") from error
