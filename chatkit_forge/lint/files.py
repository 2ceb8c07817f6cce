"""Bytes -> modules; what cannot be read or parsed is a finding, never a crash or "clean"."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from ..discover import Found, Unreadable, about_chatkit
from .finding import Finding, Span
from .module import Module
from .project import Project
from .source import decode

# Both begin with a word, which is searched for quickly, and go on as no prose does.
_CLASS = re.compile(r"class[ \t]+(\w+)[ \t]*[(:\[]")
# Also over several lines, in brackets or with a backslash at the end of each.
_IMPORT = re.compile(r"import[ \t(\\](?:[^\n(]*\([^)]*\)|(?:\\\n|[^\n])*)")
_ALIAS = re.compile(r"\bas[ \t\\\n]+(\w+)(?=[ \t]*(?:[,)#;\\\n]|$))")
_HINT = "it was not checked: mend it, or leave it out with --ignore CKF001"


def take(
    files: Iterable[Found | Unreadable], project: Project
) -> tuple[list[Module], list[Finding]]:
    """Return the modules that concern ChatKit, and a finding for each that cannot be read.

    Those are the files that name ChatKit, of which most are parsed by whoever looks at them, and
    those that import a store or server of the project's: its name is looked for in the bytes first.
    """
    modules: list[Module] = []
    findings: list[Finding] = []
    others: list[Found] = []
    for file in files:
        if isinstance(file, Unreadable):
            findings.append(unreadable(str(file.path), f"cannot be read: {file.reason}"))
        elif about_chatkit(file.data):
            modules += _decoded(file, project, findings)
        else:
            others.append(file)
    return modules + _near(others, modules, project, findings), findings


def parses(module: Module, findings: list[Finding]) -> bool:
    """Say whether a module can be looked at, or add the finding that it cannot."""
    if module.error is not None:
        findings.append(_refused(module.path, module.error))
    return module.error is None


def _near(
    others: Sequence[Found], modules: Sequence[Module], project: Project, findings: list[Finding]
) -> list[Module]:
    """Return the modules that import a store or server from these, or from one another."""
    found: list[Module] = []
    looked_at: set[PurePosixPath] = set()
    # Who only might, by what stands in the sources, is parsed; the sources themselves are not.
    may_mention = mentioning(name for module in modules for name in _candidates(module.text))
    fresh: Sequence[Module] = modules
    named = True
    while fresh or named:
        near = [
            file
            for file in others
            if file.path not in looked_at and (may_mention(file.data) or (named and file.named))
        ]
        looked_at |= {file.path for file in near}
        unread: list[Finding] = []
        taken = [module for file in near for module in _decoded(file, project, unread)]
        broken = [module for module in taken if not parses(module, unread)]
        if unread:
            # One that only was named, or might, concerns nobody when it does not parse.
            mentions = mentioning(_names(fresh, project))
            data = {str(file.path): file.data for file in near}
            findings += [each for each in unread if mentions(data[each.path])]
        fresh = [each for each in taken if each not in broken and _imports_chatkit(each, project)]
        found += fresh
        may_mention = mentioning(_names(fresh, project))
        named = False
    return found


def mentioning(names: Iterable[str]) -> Callable[[bytes], bool]:
    """Return what says whether a source may import something of these names.

    One that only has a class of the same name does not.
    """
    known = sorted({re.escape(name).encode() for name in names})
    if not known:
        return lambda _: False
    # The name first, which is searched for quickly; then what stands before it.
    either = b"|".join(name + rb"(?<!\w" + name + rb")(?<!class " + name + b")" for name in known)
    pattern = re.compile(rb"(?:" + either + rb")(?!\w)")
    return lambda data: b"import" in data and pattern.search(data) is not None


def _candidates(text: str) -> Iterator[str]:
    """Yield the names that a source gives to classes and to what it imports."""
    yield from _CLASS.findall(text)
    for imported in _IMPORT.findall(text):
        yield from _ALIAS.findall(imported)


def _names(modules: Iterable[Module], project: Project) -> Iterator[str]:
    """Yield the names of stores and servers that modules hold, or hand on under another name."""
    good = [module for module in modules if module.error is None]
    yield from (c.name for c in project.all_classes(good) if c.is_chatkit)
    for module in good:
        yield from _chatkit_imports(module, project)


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


def _decoded(file: Found, project: Project, findings: list[Finding]) -> Iterator[Module]:
    """Yield the module that a file holds, or add the finding that it holds no text."""
    try:
        yield project.add(file.path, decode(file.data))
    except (ValueError, LookupError, SyntaxError) as error:
        findings.append(_refused(str(file.path), error))


def _refused(path: str, error: Exception) -> Finding:
    """Return the finding that Python does not take a file."""
    match error:
        case SyntaxError():
            return unreadable(path, f"does not parse: {error.msg}", error.lineno, error.offset)
        case RecursionError() | MemoryError():
            return unreadable(path, "is nested too deeply to be parsed")
        case _:
            return unreadable(path, f"is not Python source: {error}")


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
