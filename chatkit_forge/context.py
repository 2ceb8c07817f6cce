"""Find out how the owner is read from the request context: one pyright run over a probe."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from . import typed_dicts
from .access import USER_ID, Access, candidates
from .options import Options
from .plan import PlannedFile, context_path
from .probe import Probe
from .stage import mirror, put, search_paths
from .templates import template_source
from .typecheck import Diagnostic, Pyright

_DEFAULT_PATH = ("user_id",)


def resolve(options: Options, plan: Sequence[PlannedFile]) -> Access:
    """Return how to read the owner from the context that the options name.

    Raises UsageError when the context cannot be imported, when its type has no such path, when
    what is found there is never text, or when a server could not make one for its user or start
    with it.
    """
    planned = frozenset(file.path for file in plan)
    if _is_generated(options, planned) and options.owner == _DEFAULT_PATH:
        return USER_ID
    probe = question(options, planned)
    (found,) = ask([probe], options, planned)
    return probe.choose(found)


def question(options: Options, planned: frozenset[PurePosixPath]) -> Probe:
    """Return what to ask about the context; raises UsageError where no answer could help."""
    probe = Probe(options, candidates(options.owner))
    if probe.home is not None and not _is_generated(options, planned):
        typed_dicts.refuse(options, probe.home[1], probe.shown)
    return probe


def ask(
    probes: Sequence[Probe], options: Options, planned: frozenset[PurePosixPath]
) -> list[list[Diagnostic]]:
    """Return what pyright says of each probe, all in one run and in one project."""
    paths = [PurePosixPath(f"chatkit_forge_probe_{at}.py") for at in range(len(probes))]
    with Pyright() as pyright:
        put(pyright.stage, {path: each.source for path, each in zip(paths, probes, strict=True)})
        if _is_generated(options, planned):
            put(pyright.stage, {context_path(options): template_source("store/context.py")})
        mirror(pyright.stage, options, planned)
        pyright.begin(paths, search_paths(pyright.stage, options))
        found = pyright.finish()
    return [[one for one in found if one.path == path] for path in paths]


def _is_generated(options: Options, planned: frozenset[PurePosixPath]) -> bool:
    return options.context.generated and context_path(options) in planned
