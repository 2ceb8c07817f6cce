"""Files -> findings: our rules and pyright side by side, comments and settings applied."""

import gc
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .check_settings import Settings
from .discover import Found, Unreadable
from .errors import ToolBroken
from .interpreter import Interpreter
from .lint import engine, files, suppress
from .lint.finding import Finding
from .lint.module import Module
from .lint.project import Project
from .lint.readable import unreadable
from .lint.rule import Rule
from .sdk_facts import SdkFacts, read
from .sdk_record import newest

if TYPE_CHECKING:
    from .project_types import ProjectTypes


_BACKSLASH = "cannot be named to pyright: its name holds a backslash"


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what was found, sorted by place, and the sources of the ChatKit files by path.

    `hidden` are those that pyright did not look at, each with the setting that says so.
    """

    findings: list[Finding]
    texts: Mapping[str, str]
    hidden: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Looker:
    """Hold what every look of a run shares; `recorded` says that no SDK was found."""

    root: Path
    settings: Settings
    interpreter: Interpreter
    sdk: SdkFacts
    recorded: bool

    def look(
        self, found: Iterable[Found | Unreadable], pyright: "ProjectTypes | None" = None
    ) -> Checked:
        """Return what is wrong in these files, with what pyright says, if it was started."""
        with _no_collection():
            return self._look(found, pyright)

    def _look(self, found: Iterable[Found | Unreadable], pyright: "ProjectTypes | None") -> Checked:
        project = Project(self.root)
        modules, findings = files.take(found, project)
        if pyright is not None:
            pyright.begin(_nameable(modules))
        selection = self.settings.selection
        chosen = selection.rules if pyright is None else selection.merged
        rules = chosen(engine.all_rules())
        looked = engine.look(modules, project, self.sdk, rules, patient=pyright is not None)
        ours = engine.merged(looked)
        modules = [module for module, each in zip(modules, looked, strict=True) if each.parses]
        if pyright is not None:
            # Of what does not parse more than that need not be said.
            pyright.begin(_nameable(modules))
            odd = [module.path for module in modules if "\\" in module.path]
            findings += [unreadable(path, _BACKSLASH) for path in odd]
        if pyright is not None and modules:
            from .lint import typed  # noqa: PLC0415  only with types

            ours = typed.merged(ours, pyright.finish())
        looked_for = _looked_for(rules, typed=pyright is not None)
        findings += _unsilenced(ours, modules, looked_for)
        severity, keeps = self.settings.severity, selection.keeps
        levels = [replace(f, severity=severity.get(f.code, f.severity)) for f in findings]
        texts = {module.path: module.text for module in modules}
        hidden: Mapping[str, str] = pyright.hidden if pyright is not None else {}
        kept = sorted(filter(keeps, levels), key=lambda finding: finding.key)
        return Checked(kept, texts, hidden)


def _nameable(modules: Iterable[Module]) -> list[str]:
    """Return the paths that pyright can be told: on every system, a backslash is a slash to it.

    In a folder named with a dot it looks at nothing, which is told where there is a loss in it.
    """
    return [
        module.path
        for module in modules
        if "\\" not in module.path and ("/." not in f"/{module.path}" or module.error is None)
    ]


def looker(root: Path, settings: Settings, interpreter: Interpreter) -> Looker:
    """Return what looks at the files of a project.

    Raises ToolBroken when types are asked for and the interpreter has no ChatKit SDK.
    """
    if interpreter.chatkit is None:
        if settings.types:
            raise ToolBroken(
                f"no ChatKit SDK in {interpreter}: install openai-chatkit there, name another with "
                "--python, or leave types out with --no-types"
            )
        return Looker(root, settings, interpreter, newest(), recorded=True)
    try:
        sdk = read(interpreter.chatkit)
    except (OSError, ValueError, SyntaxError) as error:
        raise ToolBroken(f"the ChatKit SDK of {interpreter} cannot be read: {error}") from error
    return Looker(root, settings, interpreter, sdk, recorded=False)


@contextmanager
def _no_collection() -> Generator[None]:
    """Keep Python from searching for garbage: all trees are in use, and it takes half the time.

    Nor is there a search afterwards: what a look leaves behind goes at the next look, or with the
    process.
    """
    was = gc.isenabled()
    gc.disable()
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


def _looked_for(rules: Collection[type[Rule]], *, typed: bool) -> Callable[[str], bool]:
    """Return what says whether a run of these rules would have found a code, which may be none.

    A rule's name stands for its code.
    """

    def looked_for(code: str) -> bool:
        known = (each for each in engine.all_rules() if code in (each.code, each.name))
        rule = next(known, None)
        if rule is None:
            return True
        if not typed:
            from .lint.typed import CODES  # noqa: PLC0415  only for a comment

            if rule.code in CODES:
                return False
        return rule in rules

    return looked_for


def _unsilenced(
    findings: Iterable[Finding], modules: Iterable[Module], looked_for: Callable[[str], bool]
) -> list[Finding]:
    """Return the findings that no comment silences, and the comments that are in vain."""
    by_path: dict[str, list[Finding]] = {module.path: [] for module in modules}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    texts = {module.path: module.text for module in modules}
    return [
        kept
        for path, those in by_path.items()
        for kept in suppress.silence(those, path, texts.get(path, ""), looked_for)
    ]
