"""Show what `new` did: a table on a terminal, plain lines elsewhere, JSON for programs."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from . import receipt, states
from .install import NextSteps
from .next_lines import next_lines
from .options import AppOptions, Options, RunMode, ServerOptions, StoreOptions
from .states import LABELS, FileState
from .verify import Check


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold everything there is to say about one run; `used` are the user's own files."""

    options: Options
    files: tuple[FileState, ...]
    used: tuple[str, ...]
    checks: tuple[Check, ...]
    steps: NextSteps
    warnings: tuple[str, ...]
    written: bool


@contextmanager
def progress(*, shown: bool) -> Generator[Callable[[str], None]]:
    """Yield a function that tells what is being done; it shows a spinner on a terminal only."""
    if not (shown and sys.stderr.isatty()):
        yield _say_nothing
        return
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it

    with Console(stderr=True).status("starting") as status:
        yield status.update


def show(outcome: Outcome, mode: RunMode) -> None:
    """Print the result of a run in the form that was asked for."""
    if mode.json:
        _print_json(outcome, with_diff=mode.diff)
    elif mode.diff:
        # Nothing else: the output is for `git apply`.
        print("".join(states.diff(file) for file in outcome.files), end="")
    else:
        _print_text(outcome)


def _print_json(outcome: Outcome, *, with_diff: bool) -> None:
    result = {
        "entry": _entry(outcome.options),
        "import_root": str(outcome.options.package.import_root),
        "files": [_file(file, with_diff=with_diff) for file in outcome.files],
        "used": list(outcome.used),
        "written": outcome.written,
        "checks": [
            {"name": check.name, "seconds": round(check.seconds, 3)} for check in outcome.checks
        ],
        "install": outcome.steps.install,
        "setting": outcome.steps.setting,
        "test_setting": outcome.steps.test_setting,
        "test": outcome.steps.test,
        "next": next_lines(outcome.options, outcome.steps),
        "warnings": list(outcome.warnings),
    }
    print(json.dumps(result, indent=2))


def _entry(options: Options) -> str | dict[str, str]:
    """Return what the run was for, as `package.module:name`; a server comes with its parts."""
    match options:
        case StoreOptions(entry=entry):
            return entry
        case ServerOptions() | AppOptions():
            server = options.server if isinstance(options, AppOptions) else options
            return {
                "store": str(server.store),
                "server": server.entry,
                "app": server.app_entry,
            }


def _file(file: FileState, *, with_diff: bool) -> dict[str, str]:
    shown = {"path": str(file.path), "state": LABELS[file.state]}
    return {**shown, "diff": states.diff(file)} if with_diff else shown


def _print_text(outcome: Outcome) -> None:
    if sys.stdout.isatty():
        _print_tables(outcome)
    else:
        _print_lines(outcome)
    for warning in outcome.warnings:
        print(f"note: {warning}")
    if outcome.written:
        _print_next(outcome)
    else:
        print("nothing was written")


def _label(file: FileState, outcome: Outcome) -> str:
    """Return what happened to a file, or would."""
    theirs = file.state in {"edited", "conflict"}
    return "overwritten" if theirs and outcome.written else LABELS[file.state]


def _print_lines(outcome: Outcome) -> None:
    for file in outcome.files:
        print(f"{_label(file, outcome):<14} {file.path}")
    for path in outcome.used:
        print(f"{'used as it is':<14} {path}")
    for check in outcome.checks:
        print(f"{'checked':<14} {check.name}: {check.detail} ({check.seconds:.1f} s)")


def _print_tables(outcome: Outcome) -> None:
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.table import Table  # noqa: PLC0415  only a terminal needs it
    from rich.text import Text  # noqa: PLC0415  only a terminal needs it

    colours = {"create": "green", "update": "green", "edited": "yellow", "conflict": "red"}
    files = Table("file", "state", header_style="bold", box=None, pad_edge=False)
    for file in outcome.files:
        # Text, not markup: a folder may be called "[red]".
        state = Text(_label(file, outcome), style=colours.get(file.state, "dim"))
        files.add_row(Text(str(file.path)), state)
    for path in outcome.used:
        files.add_row(Text(path), Text("used as it is", style="dim"))
    checks = Table("check", "result", "time", header_style="bold", box=None, pad_edge=False)
    for check in outcome.checks:
        checks.add_row(Text(check.name), Text(check.detail), f"{check.seconds:.1f} s")
    console = Console()
    console.print(files, "", checks, sep="\n")


def _print_next(outcome: Outcome) -> None:
    # Commands are printed as they are, never wrapped: they are there to be copied.
    print("\nnext:")
    for line in next_lines(outcome.options, outcome.steps):
        print(f"  {line}")
    entries = _entry(outcome.options)
    print()
    for what, entry in ({"store": entries} if isinstance(entries, str) else entries).items():
        module, _, name = entry.partition(":")
        print(f"the {what}: from {module} import {name}")
    print(f"commit {receipt.PATH} too: it tells your edits from ours")


def _say_nothing(_: str) -> None:
    """Stay quiet: nobody watches."""
