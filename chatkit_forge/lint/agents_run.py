"""Agents of the Agents SDK as the code makes them: which one is run, its tools and its model."""

import ast
from collections.abc import Iterator

from .module import Function, Module, within
from .project import Project
from .values import Place, called, follow, given_values

_AGENTS = frozenset({"agents.Agent", "agents.agent.Agent"})
_TOOLS = ("tools", "handoffs", "mcp_servers", "hooks", "input_guardrails", "output_guardrails")
_WRAPPERS = frozenset({"RunContextWrapper", "ToolContext", "AgentContext"})
_RUNNERS = frozenset({
    "agents.Runner", "agents.run.Runner", "agents.run.AgentRunner",
    "agents.run.DEFAULT_AGENT_RUNNER",
})  # fmt: skip
_DEPTH = 4


def is_run(project: Project, module: Module, node: ast.Call) -> bool:
    """Say whether a call runs an agent: of `Runner`, another name for it, or one that was made."""
    match node.func:
        case ast.Attribute(value=runner, attr="run" | "run_sync" | "run_streamed"):
            place, value = follow(project, module, runner)
            plain = value.func if isinstance(value, ast.Call) else value
            return place.names.resolve(plain) in _RUNNERS
        case _:
            return False


def agents(
    project: Project, module: Module, node: ast.expr | None, depth: int = _DEPTH
) -> list[tuple[Module, ast.Call]]:
    """Return every `Agent(...)` that an expression may stand for, as far as they can be seen."""
    if node is None or not depth:
        return []
    place, value = follow(project, module, node)
    inner: list[tuple[Module, ast.expr | None]] = []
    match value:
        case ast.IfExp(body=body, orelse=orelse):
            inner = [(place, body), (place, orelse)]
        case ast.BoolOp(values=values):
            inner = [(place, each) for each in values]
        case ast.Name():
            inner = [(place, each) for each in given_values(place, value) if each is not value]
        case ast.Subscript(value=table) | ast.Call(func=ast.Attribute(value=table, attr="get")):
            home, kept = follow(project, place, table)
            values = kept.values if isinstance(kept, ast.Dict) else []
            inner = [(home, each) for each in values]
        case ast.Call(func=ast.Attribute(value=base, attr="clone"), keywords=keywords):
            if any(keyword.arg in {"tools", None} for keyword in keywords):
                return [(place, value)]
            inner = [(place, base)]
        case ast.Call():
            func = value.func.value if isinstance(value.func, ast.Subscript) else value.func
            if place.names.resolve(func) in _AGENTS:
                return [(place, value)]
            made = called(project, place, value)
            inner = [(made[1], each) for each in returned(*made)] if made is not None else []
        case _:
            pass
    return [each for home, found in inner for each in agents(project, home, found, depth - 1)]


def returned(function: Function, module: Module) -> list[ast.expr]:
    """Return what a function returns, place by place."""
    return [
        node.value
        for node in within(function, ast.Return)
        if isinstance(node, ast.Return)
        and node.value is not None
        and module.function_of(node) is function
    ]


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
    answers = returned(function, home)
    return agent(project, home, answers[0]) if len(answers) == 1 else None


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


def takes_context(project: Project, module: Module, made: ast.Call, depth: int = _DEPTH) -> bool:
    """Say whether an agent, one of its tools, or one it hands over to asks for the context."""
    for keyword in made.keywords:
        if keyword.arg == "instructions" and _reads_context(project, module, keyword.value):
            return True
        if keyword.arg not in {"tools", "handoffs"}:
            continue
        for place, each in _listed(project, module, keyword.value):
            if keyword.arg == "tools" and _asks(project, place, each):
                return True
            if keyword.arg == "handoffs" and any(
                depth and takes_context(project, *other, depth - 1)
                for other in agents(project, place, each)
            ):
                return True
    return False


def _listed(
    project: Project, module: Module, node: ast.expr, depth: int = _DEPTH
) -> Iterator[tuple[Module, ast.expr]]:
    """Yield what a list holds, however it is put together."""
    place, value = follow(project, module, node)
    match value:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for each in elements:
                if not isinstance(each, ast.Starred):
                    yield place, each
                elif depth:
                    yield from _listed(project, place, each.value, depth - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if depth:
            yield from _listed(project, place, left, depth - 1)
            yield from _listed(project, place, right, depth - 1)
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]) if depth:
            yield from _listed(project, place, inner, depth - 1)
        case _:
            return


def _reads_context(project: Project, module: Module, told: ast.expr) -> bool:
    """Say whether instructions are a function that looks at the context it is given."""
    function = told if isinstance(told, ast.Lambda) else function_named(project, module, told)
    if function is None or not function.args.args:
        return False
    first = function.args.args[0].arg
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "context"
        and isinstance(node.value, ast.Name)
        and node.value.id == first
        for node in within(function, ast.Attribute)
    )


def _asks(project: Project, module: Module, tool: ast.expr) -> bool:
    found = function_named(project, module, tool)
    if found is None:
        return False
    arguments = [*found.args.posonlyargs, *found.args.args]
    if not arguments:
        return False
    kind = arguments[0].annotation
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
