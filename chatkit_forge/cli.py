"""The commands as typed: parse, call one function, exit. Heavy imports wait inside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from . import __version__, cli_check
from .errors import UsageError
from .options import (
    BACKENDS,
    DEFAULT_TABLE_PREFIX,
    AppRequest,
    RunMode,
    ServerRequest,
    StoreRequest,
)

# A command returns the work it stands for, so that the parser's own handling of Ctrl-C, closed
# pipes and exit codes ends where the work begins.
Work = Callable[[], int]

_BACKENDS = " | ".join(BACKENDS)
_SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)
new = typer.Typer(rich_markup_mode=None, context_settings=_SETTINGS)
app.add_typer(new, name="new", help="Write new code into the project in this folder.")

app.command("check")(cli_check.check)
app.command("rules")(cli_check.rules)
app.command("explain")(cli_check.explain)


def invoke(args: Sequence[str]) -> int:
    """Parse the arguments, do what they ask and return the exit code; raises ForgeError."""
    command: Any = typer.main.get_command(app)
    try:
        work = command.main(args=list(args), prog_name="chatkit-forge", standalone_mode=False)
    except Exception as error:
        raise _usage_error(error) from error
    if callable(work):
        return cast("Work", work)()
    return work if isinstance(work, int) else 0


def _usage_error(error: Exception) -> Exception:
    """Turn the parser's complaint into one line; anything else stays what it is."""
    # By its method, not by its class: typer has moved from click's exceptions to its own.
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return error
    problem = " ".join(str(format_message()).split()).rstrip(".")
    path = getattr(getattr(error, "ctx", None), "command_path", "chatkit-forge")
    return UsageError(f"{problem[:1].lower()}{problem[1:]} (see `{path} --help`)")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chatkit-forge {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Write ChatKit stores that you own: complete, typed, and checked before they are written."""


@new.callback()
def new_group() -> None:
    """Write new code into the project in this folder."""


@new.command("store")
def store(
    *,
    backend: Annotated[
        str | None, typer.Option(help="The database to keep threads in.", metavar=_BACKENDS)
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(
            help="The package to write to [default: the project's own, else app].", metavar="DIR"
        ),
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option(help="The store's class [default: PostgresStore and so on].", metavar="NAME"),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            help='Your own request context: package.module:Type or "dict[str, Any]".',
            metavar="TYPE",
        ),
    ] = None,
    owner: Annotated[
        str, typer.Option(help="Where the context holds the owner: a dotted path.", metavar="PATH")
    ] = "user_id",
    helpers: Annotated[
        bool, typer.Option("--helpers", help="Add save_message, get_thread_messages and others.")
    ] = False,
    driver: Annotated[
        str | None,
        typer.Option(help="MongoDB's driver [default: pymongo].", metavar="pymongo | motor"),
    ] = None,
    table_prefix: Annotated[
        str | None,
        typer.Option(
            help="What every table or collection begins with [default: chatkit_].",
            metavar="PREFIX",
        ),
    ] = None,
    no_tests: Annotated[
        bool, typer.Option("--no-tests", help="Leave the store's contract tests out.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, write nothing.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what would change, write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that you edited.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for programs.")
    ] = False,
) -> Work:
    """Write a complete, tested, typed chatkit.store.Store for one database."""
    mode = RunMode(dry_run=dry_run, diff=diff, force=force, json=json)

    def work() -> int:
        from .new import new_store  # noqa: PLC0415  keeps --help fast

        request = StoreRequest(
            project=_here(),
            backend=backend,
            package=package,
            class_name=class_name,
            context=context,
            owner=owner,
            helpers=helpers,
            driver=driver,
            table_prefix=table_prefix,
            tests=not no_tests,
        )
        return new_store(request, mode)

    return work


@new.command("app")
def new_app_command(
    *,
    name: Annotated[str, typer.Argument(help="The folder and the project's name.", metavar="NAME")],
    backend: Annotated[
        str | None, typer.Option(help="The database to keep threads in.", metavar=_BACKENDS)
    ] = None,
    package: Annotated[str | None, typer.Option(metavar="DIR")] = None,
    rag: Annotated[str | None, typer.Option(metavar="qdrant")] = None,
    attachments: Annotated[str | None, typer.Option(metavar="disk")] = None,
    auth: Annotated[str | None, typer.Option(metavar="session | jwt")] = None,
    provider: Annotated[str | None, typer.Option(metavar="openai | litellm")] = None,
    no_tests: Annotated[bool, typer.Option("--no-tests")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    diff: Annotated[bool, typer.Option("--diff")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> Work:
    """Write a whole project."""
    mode = RunMode(dry_run=dry_run, diff=diff, force=force, json=json)

    def work() -> int:
        from .new import new_app  # noqa: PLC0415  keeps --help fast

        here = _here()
        project = here / name
        store = StoreRequest(project=project, backend=backend, package=package, tests=not no_tests)
        server = ServerRequest(
            project=project, rag=rag, attachments=attachments, auth=auth, provider=provider
        )
        return new_app(AppRequest(here, name, store, server), mode)

    return work


@app.command("schema")
def schema(
    backend: Annotated[str, typer.Option(help="The database to print for.", metavar=_BACKENDS)],
    table_prefix: Annotated[
        str, typer.Option(help="What every table or collection begins with.", metavar="PREFIX")
    ] = DEFAULT_TABLE_PREFIX,
) -> Work:
    """Print the schema that a store creates, for databases whose DDL somebody else runs."""

    def work() -> int:
        from . import validate  # noqa: PLC0415  keeps --help fast
        from .schema import schema_text  # noqa: PLC0415  keeps --help fast

        chosen = validate.backend(backend)
        print(schema_text(chosen, validate.table_prefix(table_prefix, chosen)).rstrip("\n"))
        return 0

    return work


def _here() -> Path:
    """Return the folder the command was started in."""
    try:
        return Path.cwd().resolve()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists") from error
