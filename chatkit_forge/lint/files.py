"""Files -> the modules that concern ChatKit; what cannot be read is a finding, never "clean"."""

from collections.abc import Iterable

from ..discover import Found, Unreadable, about_chatkit
from .finding import Finding
from .module import Module
from .near import near
from .project import Project
from .readable import decoded, unreadable


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
            modules += decoded(file, project, findings)
        else:
            others.append(file)
    return modules + near(others, modules, project, findings), findings
