"""The commands that look at code: `check`, `rules` and `explain`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Work = Callable[[], int]


def check(
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files and folders [default: this folder].")
    ] = None,
    format: Annotated[
        str, typer.Option("--format", help="How findings are printed.", metavar="concise | json")
    ] = "concise",
    select: Annotated[
        list[str] | None, typer.Option(help="Only these codes: CKF201, or CKF2 for all of them.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these codes.")] = None,
) -> Work:
    """Find what is wrong in ChatKit stores and servers."""

    def work() -> int:
        from .check import CheckRequest  # noqa: PLC0415  keeps --help fast
        from .check import check as run  # noqa: PLC0415

        root = Path.cwd().resolve()
        asked = (tuple(paths or ()), format, tuple(select or ()), tuple(ignore or ()))
        return run(CheckRequest(root, *asked))

    return work


def rules() -> Work:
    """List the rules."""

    def work() -> int:
        from .lint import doc, engine  # noqa: PLC0415  keeps --help fast

        for rule in engine.all_rules():
            print(f"{rule.code}  {rule.name:28}  {rule.severity:7}  {doc.read(rule).summary}")
        return 0

    return work


def explain(code: Annotated[str, typer.Argument(help="A rule's code, such as CKF201.")]) -> Work:
    """Say what a rule finds, why, and what is right instead."""

    def work() -> int:
        import inspect  # noqa: PLC0415  keeps --help fast

        from .errors import UsageError  # noqa: PLC0415
        from .lint import engine  # noqa: PLC0415

        for rule in engine.all_rules():
            if code.upper() == rule.code or code.lower() == rule.name:
                print(f"{rule.code} {rule.name} ({rule.severity})\n\n{inspect.getdoc(rule)}")
                return 0
        raise UsageError(f"no rule {code!r}; `chatkit-forge rules` lists them")

    return work
