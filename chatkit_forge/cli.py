"""The commands as typed: parse, call one function, exit. Heavy imports wait inside."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

import typer

from . import __version__, cli_check, cli_new
from .errors import UsageError
from .options import DEFAULT_TABLE_PREFIX

# A command returns the work it stands for, so that the parser's own handling of Ctrl-C, closed
# pipes and exit codes ends where the work begins.
Work = Callable[[], int]

_SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)
new = typer.Typer(rich_markup_mode=None, context_settings=_SETTINGS)
app.add_typer(new, name="new", help="Write new code into the project in this folder.")

new.command("store", short_help="A store for one database, with its tests.")(cli_new.store)
new.command("server", short_help="A server and its page, on a store.")(cli_new.server)
new.command("app", short_help="A whole project: store, server, page.")(cli_new.app)

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
    """Write ChatKit code that you own: complete, typed, and checked before it is written."""


@new.callback()
def new_group() -> None:
    """Write new code into the project in this folder."""


@app.command("schema")
def schema(
    backend: Annotated[
        str, typer.Option(help="The database to print for.", metavar=cli_new.BACKEND_CHOICE)
    ],
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
