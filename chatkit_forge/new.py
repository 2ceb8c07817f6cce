"""The story of `new`: answers -> plan -> files in memory -> checks -> disk."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path, PurePosixPath

from . import config_facts, context, features, origin, output, receipt, states, write
from .answers import settle
from .app_answers import project_name, settle_app
from .config_facts import ConfigFacts, Wanted
from .errors import Conflict, UsageError
from .features import Features
from .install import next_steps
from .leftovers import leftovers
from .options import AppRequest, Options, RunMode, ServerRequest, StoreRequest, server_of, store_of
from .plan import config_path, plan
from .prompts import Asker
from .receipt import Receipt
from .render import render
from .server_answers import settle_server
from .states import FileState
from .templates import template_names
from .typecheck import Pyright
from .used import own_files
from .verify import verify
from .wanted import wanted

_MOTOR = (
    "Motor reached its end of life on 14 May 2026 and gets no fixes; "
    "--driver pymongo (the default) is its successor"
)


def new_store(request: StoreRequest, mode: RunMode) -> int:
    """Write one store into a project, or show what would be written; returns the exit code.

    Raises UsageError for a request that cannot be carried out, Conflict for files the user
    edited, OurFault for a finding in our own output. Then nothing was written.
    """
    notes = _finish_interrupted(request.project, mode)
    return _run(settle(request, Asker(allowed=not mode.json)), mode, notes)


def new_app(request: AppRequest, mode: RunMode) -> int:
    """Write a whole project into the folder NAME, or show it; see `new_store`."""
    # Before the folder is looked at: a path for a name would have another project's run finished.
    project_name(request.name)
    project = request.store.project
    notes = _finish_interrupted(project, mode) if project.is_dir() else []
    if here := origin.only_here():
        notes.append(
            f"the project asks for {here}, which other machines and CI do not have; "
            f"{origin.VARIABLE} says what to ask for instead"
        )
    return _run(settle_app(request, Asker(allowed=not mode.json)), mode, notes)


def new_server(request: ServerRequest, mode: RunMode) -> int:
    """Write a server onto a store of the project, or show it; see `new_store`."""
    notes = _finish_interrupted(request.project, mode)
    return _run(settle_server(request, Asker(allowed=not mode.json)), mode, notes)


def _run(options: Options, mode: RunMode, notes: list[str]) -> int:
    """Write what the options ask for, or show it, and return the exit code."""
    store = store_of(options)
    if store is not None and store.driver == "motor":
        notes.append(_MOTOR)
    # From the receipt to the files: two runs must not write each other's state away.
    with write.exclusive(options.project) if mode.writes else nullcontext():
        known = receipt.load(options.project)
        used = own_files(options, known)
        others = features.remembered(_same_package(options, known))
        facts = _facts(options, used, others)
        planned = plan(options, frozenset(used), template_names())
        # Pyright loads while the files are being made.
        with Pyright() as pyright, output.progress(shown=not mode.json) as say:
            say("reading the context")
            access = context.resolve(options, planned)
            say("writing the files in memory")
            rendered = render(planned, options, facts, access, others)
            verified = verify(rendered, options, say, pyright)
        unused = leftovers(options, known, planned, frozenset(used))
        if unused:
            notes.append(f"no longer used, yours to delete: {', '.join(map(str, unused))}")
        files = states.compare(verified.files, options.project, known)
        conflict = None if mode.force else _conflict(files)
        if mode.writes and conflict is None:
            _publish(options, files, known)
    outcome = output.Outcome(
        options=options,
        files=files,
        used=tuple(used.values()),
        checks=verified.checks,
        steps=next_steps(options, facts, [file.path for file in planned if file.role == "test"]),
        warnings=tuple(notes),
        written=mode.writes and conflict is None,
    )
    output.show(outcome, mode)
    if conflict is not None:
        raise conflict
    return 0


def _finish_interrupted(project: Path, mode: RunMode) -> list[str]:
    """Settle what an interrupted run left, before its files are looked at; say what was done."""
    if not write.pending(project):
        return []
    if not mode.writes:
        raise UsageError(
            "another run is writing here, or was interrupted; "
            "run once without --dry-run and --diff to finish it"
        )
    recovered = write.recover(project)
    return [f"an interrupted run was {recovered}"] if recovered else []


def _same_package(options: Options, known: Receipt | None) -> list[receipt.Answers]:
    """Return the answers of earlier runs that share this package's settings."""
    folder = receipt.package(options.package)
    kept = receipt.others(known, receipt.entries(options)).values()
    return [answers for answers in kept if answers.get("package") == folder]


def _facts(options: Options, used: Mapping[PurePosixPath, str], others: Features) -> ConfigFacts:
    """Return what the settings offer: the user's own, else ours, which offer everything."""
    shown = used.get(config_path(options))
    if shown is None:
        return ConfigFacts()
    path = options.project / shown
    store = store_of(options)
    needs_url = store is not None and store.backend != "memory"
    asked = Wanted() if server_of(options) is None else wanted(options, others)
    return config_facts.read(path, shown, needs_url=needs_url, asked=asked)


def _conflict(files: tuple[FileState, ...]) -> Conflict | None:
    """Return the refusal to overwrite what the user wrote; the result is shown before it."""
    try:
        states.refuse(files)
    except Conflict as conflict:
        return conflict
    return None


def _publish(options: Options, files: tuple[FileState, ...], known: Receipt | None) -> None:
    """Write the files and the receipt, all or none."""
    texts = {file.path: file.after for file in files}
    record = receipt.updated(known, receipt.entries(options), texts)
    with write.made(options.project):
        write.publish(
            {**texts, receipt.PATH: record},
            options.project,
            seen={file.path: file.before for file in files},
        )
