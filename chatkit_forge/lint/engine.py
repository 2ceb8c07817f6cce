"""Run all rules over the files of one run: each file parsed and walked once."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..errors import OurFault
from . import rules
from .finding import Finding
from .module import Module
from .readable import parses, unreadable
from .rule import Rule, Scene
from .spread import beside, processes, spread

if TYPE_CHECKING:
    from ..sdk_facts import SdkFacts
    from .project import Project


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold what was found in a module, and whether it parses at all."""

    parses: bool
    findings: list[Finding]


@cache
def all_rules() -> tuple[type[Rule], ...]:
    """Return every rule, by code; a module that fails to load is our fault, never "clean"."""
    found: list[type[Rule]] = []
    for info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        found.extend(
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Rule)
            and value.__module__ == module.__name__
        )
    return tuple(sorted(found, key=lambda rule: rule.code))


def run(
    modules: Sequence[Module],
    project: "Project",
    sdk: "SdkFacts",
    chosen: Iterable[type[Rule]] | None = None,
) -> list[Finding]:
    """Return what the rules find in these modules, in order, each finding once."""
    return merged(look(modules, project, sdk, chosen))


def look(
    modules: Sequence[Module],
    project: "Project",
    sdk: "SdkFacts",
    chosen: Iterable[type[Rule]] | None = None,
    *,
    patient: bool = False,
) -> list[Looked]:
    """Return what the rules find in each of these modules, or that it does not parse.

    Someone `patient` leaves the processors to whoever else wants them.
    """
    wanted = tuple(all_rules() if chosen is None else chosen)

    def work(part: Sequence[Module]) -> list[Looked]:
        return [_looked(module, project, sdk, wanted) for module in part]

    return beside(work, modules) if patient else spread(work, modules, processes())


def merged(looked: Iterable[Looked]) -> list[Finding]:
    """Return the findings of several modules in order, each once: some are told by two of them."""
    found: dict[tuple[object, ...], Finding] = {}
    for each in looked:
        for finding in each.findings:
            found.setdefault(finding.key, finding)
    return sorted(found.values(), key=lambda finding: finding.key)


def _looked(
    module: Module, project: "Project", sdk: "SdkFacts", wanted: Sequence[type[Rule]]
) -> Looked:
    findings: list[Finding] = []
    if not parses(module, findings):
        return Looked(False, findings)
    return Looked(True, _look(module, project, sdk, wanted))


def _look(
    module: Module, project: "Project", sdk: "SdkFacts", wanted: Sequence[type[Rule]]
) -> list[Finding]:
    """Return what the rules find in one module."""
    scene = Scene(module, project, sdk)
    classes = list(project.classes(module).values())
    kinds = {
        "visit_store": [c for c in classes if c.is_store],
        "visit_attachment_store": [c for c in classes if c.is_attachment_store],
        "visit_server": [c for c in classes if c.is_server],
    }
    too_deep: list[str] = []
    for kind in wanted:
        rule = kind(scene)
        try:
            for method, node_type in _visits(kind):
                visit = getattr(rule, method)
                if method == "visit_module":
                    visit()
                    continue
                for each in kinds[method] if node_type is None else module.nodes(node_type):
                    visit(each)
        except RecursionError:
            too_deep.append(kind.code)
        except Exception as error:
            raise OurFault(
                f"rule {kind.code} failed on {module.path} ({type(error).__name__}: {error}); "
                "please file a bug report"
            ) from error
    if too_deep:
        reason = f"is nested too deeply for {', '.join(too_deep)}"
        scene.findings.append(unreadable(module.path, reason))
    return scene.findings


@cache
def _visits(kind: type[Rule]) -> tuple[tuple[str, type[ast.AST] | None], ...]:
    """Return a rule's visit methods by name, each with the type of the nodes that it visits."""
    names = (name for name in dir(kind) if name.startswith("visit_"))
    return tuple((name, getattr(ast, name.removeprefix("visit_"), None)) for name in names)
