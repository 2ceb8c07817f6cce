"""Bytes -> parsed modules; what cannot be read or parsed is a finding, never a crash or "clean"."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from ..discover import Found, Unreadable, about_chatkit
from .finding import Finding, Span
from .module import Module
from .project import Project
from .source import decode

_HINT = "it was not checked: mend it, or leave it out with --ignore CKF001"


def parse(
    files: Iterable[Found | Unreadable], project: Project
) -> tuple[list[Module], list[Finding]]:
    """Return the modules that concern ChatKit, and a finding for each that cannot be checked.

    Those are the files that name ChatKit, and those that import a store or server of the project's:
    its name is looked for in the bytes before anything is parsed.
    """
    modules: list[Module] = []
    findings: list[Finding] = []
    others: list[Found] = []
    for file in files:
        if isinstance(file, Unreadable):
            findings.append(unreadable(str(file.path), f"cannot be read: {file.reason}"))
        elif about_chatkit(file.data):
            modules += _parsed(file, project, findings)
        else:
            others.append(file)
    looked_at: set[PurePosixPath] = set()
    fresh: Sequence[Module] = modules
    named = True
    while fresh or named:
        mentions = _mentions(fresh, project)
        near = [
            file
            for file in others
            if file.path not in looked_at and (mentions(file.data) or (named and file.named))
        ]
        looked_at |= {file.path for file in near}
        parsed = [
            module
            for file in near
            # One that was only named concerns nobody when it does not parse: see whether it does.
            for module in _parsed(file, project, findings if mentions(file.data) else [])
        ]
        fresh = [module for module in parsed if _imports_chatkit(module, project)]
        modules += fresh
        named = False
    return modules, findings


def _mentions(modules: Iterable[Module], project: Project) -> Callable[[bytes], bool]:
    """Return what says whether a source may import a store or server that these modules hold.

    One that only has a class of the same name does not.
    """
    names = {c.name.encode() for c in project.all_classes(modules) if c.is_chatkit}
    # A package may hand them on under another name.
    names |= {alias.encode() for module in modules for alias in _chatkit_imports(module, project)}
    if not names:
        return lambda _: False
    either = b"|".join(map(re.escape, sorted(names)))
    pattern = re.compile(rb"(?<!\w)(?<!class )(?:" + either + rb")(?!\w)")
    return lambda data: b"import" in data and pattern.search(data) is not None


def _imports_chatkit(module: Module, project: Project) -> bool:
    """Say whether a module imports a store or server of the project's, or derives from one."""
    classes = project.classes(module).values()
    return any(_chatkit_imports(module, project)) or any(each.is_chatkit for each in classes)


def _chatkit_imports(module: Module, project: Project) -> Iterator[str]:
    """Yield the names under which a module imports stores and servers of the project's."""
    for alias, name in module.names.imported.items():
        found = project.find_class(name, module)
        if found is not None and found.is_chatkit:
            yield alias


def _parsed(file: Found, project: Project, findings: list[Finding]) -> Iterator[Module]:
    """Yield the module that a file holds, or add the finding that it holds none."""
    path = str(file.path)
    try:
        yield project.add(file.path, decode(file.data))
    except SyntaxError as error:
        reason = f"does not parse: {error.msg}"
        findings.append(unreadable(path, reason, error.lineno, error.offset))
    except (ValueError, LookupError) as error:
        findings.append(unreadable(path, f"is not Python source: {error}"))
    except (RecursionError, MemoryError):
        findings.append(unreadable(path, "is nested too deeply to be parsed"))


def unreadable(
    path: str, reason: str, line: int | None = None, column: int | None = None
) -> Finding:
    """Return the finding that a file, or a part of it, was not checked."""
    line, column = max(line or 1, 1), max(column or 1, 1)
    span = Span(line, column, line, column)
    name = "unreadable-file"
    return Finding(
        path, span, "CKF001", name, "error", " ".join(f"this file {reason}".split()), _HINT
    )
