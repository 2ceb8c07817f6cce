"""What a rule is: a code, a message, a docstring with why and examples, and `visit_*` methods."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from .classes import Class
from .finding import Finding, Fix, Severity
from .module import Module

if TYPE_CHECKING:
    from ..sdk_facts import SdkFacts
    from .project import Project


@dataclass(slots=True)
class Scene:
    """Hold what a rule may look at in one file, and what was found there."""

    module: Module
    project: "Project"
    sdk: "SdkFacts"
    findings: list[Finding] = field(default_factory=list[Finding])


class Rule:
    """Look for one mistake; made anew for each file.

    Subclasses define `visit_Call(node)` and the like for nodes of `ast`, `visit_store(store)`,
    `visit_attachment_store(store)` and `visit_server(server)` for classes, `visit_module()` for
    the whole file. They look and report, nothing else. The docstring says why, with `Bad:` and
    `Good:` examples and a `Source:` line; `explain` and the docs show it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    message: ClassVar[str]
    hint: ClassVar[str] = ""

    def __init__(self, scene: Scene) -> None:
        """Take the file to look at."""
        self.scene = scene
        self.module = scene.module
        self.project = scene.project
        self.sdk = scene.sdk

    def report(
        self,
        node: ast.AST,
        fix: Fix | None = None,
        *,
        severity: Severity | None = None,
        elsewhere: Module | None = None,
        **fields: str,
    ) -> None:
        """Report the mistake at a node; `fields` fill the message and the hint.

        A node of another module than the one being visited is reported there.
        """
        place = elsewhere or self.module
        self.scene.findings.append(
            Finding(
                path=place.path,
                span=place.span(node),
                code=self.code,
                name=self.name,
                severity=severity or self.severity,
                message=self.message.format(**fields),
                hint=self.hint.format(**fields),
                fix=fix,
            )
        )


Handler = Callable[[ast.AST], None] | Callable[[Class], None] | Callable[[], None]
