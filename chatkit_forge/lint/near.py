"""Which files import a store or server of the project's, although they do not name ChatKit."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from ..discover import Found
from .finding import Finding
from .module import Module
from .project import Project
from .readable import decoded, parses

# Both begin with a word, which is searched for quickly, and go on as no prose does.
_CLASS = re.compile(r"class[ \t]+(\w+)[ \t]*[(:\[]")
# Also over several lines, in brackets or with a backslash at the end of each.
_IMPORT = re.compile(r"import[ \t(\\](?:[^\n(]*\([^)]*\)|(?:\\\n|[^\n])*)")
_ALIAS = re.compile(r"\bas[ \t\\\n]+(\w+)(?=[ \t]*(?:[,)#;\\\n]|$))")
# So many modules are worth parsing one other file in vain.
_FEW = 10


def near(
    others: Sequence[Found], modules: Sequence[Module], project: Project, findings: list[Finding]
) -> list[Module]:
    """Return the modules that import a store or server from these, or from one another."""
    found: list[Module] = []
    looked_at: set[PurePosixPath] = set()
    fresh: Sequence[Module] = modules
    mentions = _mentions(others, modules, project)
    named = True
    while fresh or named:
        chosen = [
            file
            for file in others
            if file.path not in looked_at and (mentions(file.data) or (named and file.named))
        ]
        looked_at |= {file.path for file in chosen}
        unread: list[Finding] = []
        taken = [module for file in chosen for module in decoded(file, project, unread)]
        good = [module for module in taken if parses(module, unread)]
        if unread:
            # One that only was named, or might, concerns nobody when it does not parse.
            surely = _mentioning(_names(fresh, project))
            data = {str(file.path): file.data for file in chosen}
            findings += [each for each in unread if surely(data[each.path])]
        fresh = [module for module in good if _imports_chatkit(module, project)]
        for module in taken:
            if module not in fresh:
                project.leave(module)
        found += fresh
        mentions = _mentioning(_names(fresh, project))
        named = False
    return found


def _mentions(
    others: Sequence[Found], modules: Sequence[Module], project: Project
) -> Callable[[bytes], bool]:
    """Return what says whether a source may import a store or server that these modules hold.

    Where few others have a name of the modules in them, these few are parsed, and not the modules.
    """
    rough = _mentioning(name for module in modules for name in _candidates(module.text))
    few = sum(rough(file.data) for file in others) * _FEW <= len(modules)
    return rough if few else _mentioning(_names(modules, project))


def _mentioning(names: Iterable[str]) -> Callable[[bytes], bool]:
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
