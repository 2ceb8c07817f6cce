"""The commands that look at code: `check`, `rules` and `explain`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Work = Callable[[], int]
_FORMATS = "full | concise | json | sarif | github | gitlab | junit"


def check(
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files and folders [default: this folder].")
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="How findings are printed.", metavar=_FORMATS)
    ] = "full",
    output: Annotated[
        list[str] | None,
        typer.Option(
            help="Write a format to a file as well; may be repeated.", metavar="FORMAT=FILE"
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Only these codes: CKF201, or CKF2 for all of them.", metavar="CODES"),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these.", metavar="CODES")] = None,
    extend_select: Annotated[
        list[str] | None, typer.Option(help="These too.", metavar="CODES")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Make the safe fixes.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Make the unsafe ones too.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show the fixes as a patch, write nothing.")
    ] = False,
    no_types: Annotated[
        bool, typer.Option("--no-types", help="Leave pyright out; needs no installed SDK.")
    ] = False,
    python: Annotated[
        str | None,
        typer.Option(
            help="The interpreter or environment whose ChatKit counts [default: the project's].",
            metavar="PATH",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="Leave out what this file knows; made when missing.", metavar="FILE"),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again when a file changes, until Ctrl-C.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count the findings by code.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what the files were held against.")
    ] = False,
) -> Work:
    """Find what is wrong in ChatKit stores and servers."""

    def work() -> int:
        from .check import CheckRequest  # noqa: PLC0415  keeps --help fast
        from .check import check as run  # noqa: PLC0415
        from .check_settings import Given  # noqa: PLC0415
        from .discover import project_of  # noqa: PLC0415
        from .errors import UsageError  # noqa: PLC0415

        try:
            here = Path.cwd().resolve()
        except FileNotFoundError as error:
            raise UsageError("the current folder does not exist any more") from error
        root = project_of(here)
        outputs: list[tuple[str, str | None]] = [(output_format, None)]
        for pair in output or ():
            name, equals, target = pair.partition("=")
            if not equals or not target:
                raise UsageError(f"--output {pair!r} must be FORMAT=FILE, as in sarif=check.sarif")
            outputs.append((name, _seen_from(root, here, target)))
        asked = paths or ([] if here == root else ["."])
        request = CheckRequest(
            root=root,
            paths=tuple(_seen_from(root, here, path) for path in asked),
            given=Given(
                select=tuple(select or ()),
                ignore=tuple(ignore or ()),
                extend_select=tuple(extend_select or ()),
                python=python and _seen_from(root, here, python),
                baseline=baseline and _seen_from(root, here, baseline),
                types=not no_types,
            ),
            outputs=tuple(outputs),
            fix=fix,
            unsafe_fixes=unsafe_fixes,
            diff=diff,
            statistics=statistics,
            verbose=verbose,
        )
        if watch:
            from .watch import watch as keep_watching  # noqa: PLC0415

            return keep_watching(request)
        return run(request)

    return work


def _seen_from(root: Path, here: Path, text: str) -> str:
    """Return what a path that was typed in a folder of the project is from the project's own."""
    return text if here == root or text.startswith("~") else str(here.relative_to(root) / text)


def rules() -> Work:
    """List the rules."""

    def work() -> int:
        from .lint import doc, engine  # noqa: PLC0415  keeps --help fast

        for rule in engine.all_rules():
            print(f"{rule.code}  {rule.name:28}  {rule.severity:7}  {doc.read(rule).summary}")
        return 0

    return work


def explain(
    code: Annotated[str, typer.Argument(help="A rule's code or name, such as CKF201.")],
) -> Work:
    """Say what a rule finds, why, and what is right instead."""

    def work() -> int:
        import inspect  # noqa: PLC0415  keeps --help fast

        from .errors import UsageError  # noqa: PLC0415
        from .lint import engine  # noqa: PLC0415
        from .lint.built_in import explained  # noqa: PLC0415

        for rule in engine.all_rules():
            if code.upper() == rule.code or code.lower() == rule.name:
                print(f"{rule.code} {rule.name} ({rule.severity})\n\n{inspect.getdoc(rule)}")
                return 0
        own = explained(code)
        if own is not None:
            print(own, end="")
            return 0
        raise UsageError(f"no rule {code!r}; `chatkit-forge rules` lists them")

    return work
