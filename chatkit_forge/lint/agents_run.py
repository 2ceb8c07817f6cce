"""Agents of the Agents SDK as the code makes them: which one is run, its tools and its model."""

import ast

from .module import Function, Module
from .project import Project
from .values import Place, called, follow

_AGENTS = frozenset({"agents.Agent", "agents.agent.Agent"})
_TOOLS = ("tools", "handoffs", "mcp_servers", "hooks", "input_guardrails", "output_guardrails")
_WRAPPERS = frozenset({"RunContextWrapper", "ToolContext", "AgentContext"})


def agent(
    project: Project, module: Module, node: ast.expr | None
) -> tuple[Module, ast.Call] | None:
    """Return the `Agent(...)` that an expression stands for, None when it cannot be seen."""
    if node is None:
        return None
    place, value = follow(project, module, node)
    if not isinstance(value, ast.Call):
        return None
    func = value.func.value if isinstance(value.func, ast.Subscript) else value.func
    if place.names.resolve(func) in _AGENTS:
        return place, value
    made = called(project, place, value)
    if made is None:
        return None
    function, home = made
    returned = [
        inner.value
        for inner in home.nodes(ast.Return)
        if inner.value is not None and home.function_of(inner) is function
    ]
    return agent(project, home, returned[0]) if len(returned) == 1 else None


def is_plain(made: ast.Call) -> bool:
    """Say whether an agent has nothing that a context could be handed to."""
    keywords = {keyword.arg: keyword.value for keyword in made.keywords}
    if None in keywords:
        return False
    if any(not _is_nothing(keywords[name]) for name in _TOOLS if name in keywords):
        return False
    told = keywords.get("instructions")
    return (
        told is None
        or not isinstance(told, (ast.Name, ast.Attribute, ast.Lambda))
        or (isinstance(told, ast.Name) and told.id.isupper())
    )


def takes_context(project: Project, module: Module, made: ast.Call) -> bool:
    """Say whether one of an agent's tools can be seen to ask for the context."""
    listed = next((k.value for k in made.keywords if k.arg == "tools"), None)
    if listed is None:
        return False
    place, value = follow(project, module, listed)
    if not isinstance(value, (ast.List, ast.Tuple)):
        return False
    return any(_asks(project, place, each) for each in value.elts)


def _asks(project: Project, module: Module, tool: ast.expr) -> bool:
    found = function_named(project, module, tool)
    if found is None:
        return False
    arguments = [*found.args.posonlyargs, *found.args.args]
    if not arguments:
        return False
    first = arguments[0]
    kind = first.annotation
    if isinstance(kind, ast.Constant):
        return any(name in str(kind.value) for name in _WRAPPERS)
    plain = kind.value if isinstance(kind, ast.Subscript) else kind
    name = plain.attr if isinstance(plain, ast.Attribute) else getattr(plain, "id", "")
    return name in _WRAPPERS


def function_named(project: Project, module: Module, node: ast.expr) -> Function | None:
    """Return the project's function that a plain expression names."""
    found = called(project, module, _as_call(module, node))
    return found[0] if found is not None else None


def _as_call(module: Module, node: ast.expr) -> ast.Call:
    call = ast.Call(func=node, args=[], keywords=[])
    module.parents.setdefault(call, module.parents.get(node, module.tree))
    return call


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, (ast.List, ast.Tuple)) and not value.elts


def model(project: Project, module: Module, made: ast.Call) -> Place | None:
    """Return what an agent is given as its model, None when it is given none."""
    value = next((k.value for k in made.keywords if k.arg == "model"), None)
    return follow(project, module, value) if value is not None else None
