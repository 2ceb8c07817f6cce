"""Files in memory -> formatted and proved, or one error; nothing of it is written."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from . import proven
from .config_facts import ConfigFacts
from .errors import OurFault, ToolBroken, UsageError
from .format import ruff_format
from .options import (
    AppOptions,
    ContextType,
    Options,
    ServerOptions,
    StoreClass,
    StoreOptions,
    server_of,
)
from .plan import plan
from .render import Rendered, render
from .stage import mirror, own_modules, put, search_paths
from .templates import template_names
from .typecheck import Diagnostic, Pyright

_SHOWN = 5
# Our own environment has every driver and tool, but not what the user's modules may import.
_NOT_OURS_TO_JUDGE = frozenset({"reportMissingImports", "reportMissingModuleSource"})
# Hundreds of megabytes that few ask for. Where it is installed, its types are checked as well.
_LARGE = ("litellm",)
# `Settings()` with a required field: the environment fills it, which pyright cannot know.
_FILLED_BY_ENVIRONMENT = "Argument missing for parameter"


@dataclass(frozen=True, slots=True)
class Check:
    """Say which check ran, how long it took and what it looked at."""

    name: str
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Hold the files as they are to be written, and the checks they passed."""

    files: Mapping[PurePosixPath, str]
    checks: tuple[Check, ...]


def verify(
    rendered: Rendered,
    options: Options,
    say: Callable[[str], None],
    pyright: Pyright | None = None,
) -> Verified:
    """Return the formatted files when everything that is promised of them holds.

    A `pyright` that was started earlier has loaded meanwhile. Raises OurFault for a finding in our
    files, UsageError for one in the user's own or caused by them, ToolBroken when a check could
    not run.
    """
    with pyright or Pyright() as run:
        say("formatting")
        checks: list[Check] = []
        planned = frozenset(rendered.trees)
        own = own_modules(options, planned)
        with _timed(checks, "ruff") as describe:
            put(run.stage, rendered.texts)
            mirror(run.stage, options, planned)
            for path in own:
                # Strictness is our promise for our files; theirs must only be free of errors.
                with (run.stage / path).open("a", encoding="utf-8") as copy:
                    copy.write("\n# pyright: standard\n")
            # A new project is formatted by its own settings, which are among its files.
            home = run.stage if isinstance(options, AppOptions) else options.project
            ruff_format(run.stage, list(rendered.trees), home)
            files = {path: _read(run, path) for path in rendered.texts}
            describe(f"{len(rendered.trees)} files formatted")
        with _timed(checks, "pyright") as describe:
            asked, searched = [*rendered.trees, *own], search_paths(run.stage, options)
            proof = proven.key(run.stage, rendered.texts.keys(), searched)
            known = proof is not None and proven.holds(proof)
            if not known:
                run.begin(asked, searched)
            say("proving the promises")
            from . import promises  # noqa: PLC0415  imports libcst

            # On the same trees, while pyright works: it takes longer.
            with _timed(checks, "promises") as describe_promises:
                findings = [
                    f for path, tree in rendered.trees.items() for f in promises.check(tree, path)
                ]
                describe_promises("abstract methods, literals, typed lists")
            if findings:
                raise OurFault(_listing("the generated files break a promise", findings))
            say("type-checking")
            found = () if known else run.finish()
            if proof is not None and not known and not found:
                proven.keep(proof)
            before = ", as proven before" if known else ""
            describe(f"{len(rendered.trees)} files, strict, 0 errors, 0 warnings{before}")
    _judge([each for each in found if not is_left_out(each)], planned, options)
    return Verified(files, tuple(checks))


def _judge(
    diagnostics: Sequence[Diagnostic], planned: frozenset[PurePosixPath], options: Options
) -> None:
    """Raise the error that the diagnostics amount to, if any."""
    ours = [found for found in diagnostics if found.path in planned]
    theirs = [
        found
        for found in diagnostics
        if found.path not in planned
        and found.severity == "error"
        and found.rule not in _NOT_OURS_TO_JUDGE
        and not found.message.startswith(_FILLED_BY_ENVIRONMENT)
    ]
    unresolved = [found for found in ours if found.rule == "reportMissingImports"]
    if unresolved and not _is_about(unresolved[0], options):
        raise ToolBroken(
            f"the generated files could not be checked: {unresolved[0]}; reinstall chatkit-forge"
        )
    # What the parser stumbles over has no rule, and makes it stumble again further on.
    theirs = [found for found in theirs if not found.rule][:1] or theirs
    if theirs:
        raise UsageError(_listing("your own files do not pass the type check", theirs))
    if ours and _caused_by_user(options, planned):
        what = "store" if server_of(options) is None else "server"
        raise UsageError(_listing(f"the {what} does not fit your own files", ours))
    if ours:
        raise OurFault(_listing("the generated files do not pass the type check", ours))


def is_left_out(found: Diagnostic) -> bool:
    """Say whether this is the import of a library that our own environment may go without."""
    return found.rule in _NOT_OURS_TO_JUDGE and any(f'"{name}' in found.message for name in _LARGE)


def _is_about(found: Diagnostic, options: Options) -> bool:
    """Say whether the import is one of the user's context, or of the store of a server."""
    server = server_of(options)
    modules = {options.context.module, server.store.module if server else None} - {None}
    return any(f'"{module}"' in found.message for module in modules)


def _caused_by_user(options: Options, planned: frozenset[PurePosixPath]) -> bool:
    """Say whether the same is clean without the user's store, config, context and owner."""
    plain = _without_the_users(options)
    nothing_of_theirs = not own_modules(options, planned) and options.context.generated
    if nothing_of_theirs and not isinstance(options, ServerOptions):
        return False
    rendered = render(plan(plain, frozenset(), template_names()), plain, ConfigFacts())
    with Pyright() as run:
        put(run.stage, rendered.texts)
        ruff_format(run.stage, list(rendered.trees), options.project)
        run.begin(list(rendered.trees), [run.stage / plain.package.import_root])
        return not run.finish()


def _without_the_users(options: Options) -> Options:
    """Return the options with what is generated in place of what is the user's own."""
    match options:
        case StoreOptions():
            return replace(options, context=ContextType(), owner=("user_id",))
        case AppOptions():
            return options
        case ServerOptions(project=project, package=package):
            store = StoreOptions(project, package, "sqlite", "SqliteStore")
            place = StoreClass(*store.entry.split(":"))
            server = replace(options, context=ContextType(), owner=("user_id",), store=place)
            server = replace(server, page_in_context=True, errors=None)
            return AppOptions(project.name, store, server)


def _read(run: Pyright, path: PurePosixPath) -> str:
    """Return the staged text: what is checked is what will be written, byte for byte."""
    return (run.stage / path).read_bytes().decode()


@contextmanager
def _timed(checks: list[Check], name: str) -> Generator[Callable[[str], None]]:
    """Add a check with its time, in the order in which the checks begin."""
    place, began, details = len(checks), time.perf_counter(), list[str]()
    yield details.append
    checks.insert(place, Check(name, time.perf_counter() - began, " ".join(details)))


def _listing(problem: str, findings: Sequence[object]) -> str:
    lines = [f"  {finding}" for finding in findings[:_SHOWN]]
    more = len(findings) - _SHOWN
    return "\n".join([f"{problem}:", *lines, *([f"  and {more} more"] if more > 0 else [])])
