"""The commands that write: `new store`, `new server`, `new app`. Heavy imports wait inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .errors import UsageError
from .options import BACKENDS, AppRequest, RunMode, ServerRequest, StoreRequest

Work = Callable[[], int]

BACKEND_CHOICE = " | ".join(BACKENDS)

# What several commands have in common; a command's own words stand with it.
Backend = Annotated[
    str | None, typer.Option(help="The database to keep threads in.", metavar=BACKEND_CHOICE)
]
Package = Annotated[
    str | None,
    typer.Option(
        help="The package to write to [default: the project's own, else app].", metavar="DIR"
    ),
]
Owner = Annotated[
    str, typer.Option(help="Where the context holds the owner: a dotted path.", metavar="PATH")
]
Helpers = Annotated[
    bool, typer.Option("--helpers", help="Add save_message, get_thread_messages and others.")
]
Driver = Annotated[
    str | None,
    typer.Option(help="MongoDB's driver [default: pymongo].", metavar="pymongo | motor"),
]
TablePrefix = Annotated[
    str | None,
    typer.Option(
        help="What every table or collection begins with [default: chatkit_].", metavar="PREFIX"
    ),
]
StoreName = Annotated[
    str | None,
    typer.Option(help="The store's class [default: PostgresStore and so on].", metavar="NAME"),
]
ServerName = Annotated[
    str | None,
    typer.Option(help="The server's class [default: AssistantServer].", metavar="NAME"),
]
Rag = Annotated[
    str | None, typer.Option(help="Search your own documents, and cite them.", metavar="qdrant")
]
Attachments = Annotated[
    str | None, typer.Option(help="Let users upload files, kept on disk.", metavar="disk")
]
Auth = Annotated[
    str | None,
    typer.Option(help="How a user is known [default: session].", metavar="session | jwt"),
]
Provider = Annotated[
    str | None,
    typer.Option(help="What calls the model [default: openai].", metavar="openai | litellm"),
]
NoTests = Annotated[bool, typer.Option("--no-tests", help="Leave the tests out.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show what would change, write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that you edited.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


def store(
    *,
    backend: Backend = None,
    package: Package = None,
    class_name: StoreName = None,
    context: Annotated[
        str | None,
        typer.Option(
            help='Your own request context: package.module:Type or "dict[str, Any]".',
            metavar="TYPE",
        ),
    ] = None,
    owner: Owner = "user_id",
    helpers: Helpers = False,
    driver: Driver = None,
    table_prefix: TablePrefix = None,
    no_tests: NoTests = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    force: Force = False,
    json: Json = False,
) -> Work:
    """Write a complete, tested, typed chatkit.store.Store for one database."""
    mode = RunMode(dry_run=dry_run, diff=diff, force=force, json=json)

    def work() -> int:
        from .new import new_store  # noqa: PLC0415  keeps --help fast

        request = StoreRequest(
            project=here(),
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


def server(
    *,
    store: Annotated[
        str | None,
        typer.Option(
            help="The store to build on, as in app.stores.sqlite:SqliteStore.",
            metavar="MODULE:CLASS",
        ),
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(help="The package to write to [default: the store's own].", metavar="DIR"),
    ] = None,
    class_name: ServerName = None,
    owner: Annotated[
        str | None,
        typer.Option(
            help="Where the context holds the owner [default: the store's].", metavar="PATH"
        ),
    ] = None,
    rag: Rag = None,
    attachments: Attachments = None,
    auth: Auth = None,
    provider: Provider = None,
    no_tests: NoTests = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    force: Force = False,
    json: Json = False,
) -> Work:
    """Write a ChatKit server, its HTTP application and its page, on a store that you have."""
    mode = RunMode(dry_run=dry_run, diff=diff, force=force, json=json)

    def work() -> int:
        from .new import new_server  # noqa: PLC0415  keeps --help fast

        request = ServerRequest(
            project=here(),
            store=store,
            package=package,
            class_name=class_name,
            owner=owner,
            rag=rag,
            attachments=attachments,
            auth=auth,
            provider=provider,
            tests=not no_tests,
        )
        return new_server(request, mode)

    return work


def app(
    *,
    name: Annotated[
        str, typer.Argument(help="The project's name, and its folder.", metavar="NAME")
    ],
    backend: Backend = None,
    package: Annotated[
        str | None, typer.Option(help="The package to write to [default: app].", metavar="DIR")
    ] = None,
    class_name: ServerName = None,
    helpers: Helpers = False,
    driver: Driver = None,
    table_prefix: TablePrefix = None,
    rag: Rag = None,
    attachments: Attachments = None,
    auth: Auth = None,
    provider: Provider = None,
    no_tests: NoTests = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    force: Force = False,
    json: Json = False,
) -> Work:
    """Write a whole project into the folder NAME: a store, a server, a page, all to run it."""
    mode = RunMode(dry_run=dry_run, diff=diff, force=force, json=json)

    def work() -> int:
        from .new import new_app  # noqa: PLC0415  keeps --help fast

        parent = here()
        kept = StoreRequest(
            project=parent / name,
            backend=backend,
            package=package,
            helpers=helpers,
            driver=driver,
            table_prefix=table_prefix,
            tests=not no_tests,
        )
        served = ServerRequest(
            project=parent / name,
            class_name=class_name,
            rag=rag,
            attachments=attachments,
            auth=auth,
            provider=provider,
            tests=not no_tests,
        )
        return new_app(AppRequest(name, kept, served), mode)

    return work


def here() -> Path:
    """Return the folder the command was started in."""
    try:
        return Path.cwd().resolve()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists") from error
