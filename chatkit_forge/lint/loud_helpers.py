"""What the helpers of a store raise for what is not there, and the calls that lead to it."""

import ast
from collections.abc import Iterator, Sequence

from .around import handled, may_raise, wrappers
from .classes import Class
from .flow import words_in
from .module import FUNCTIONS, Function, Module, within
from .quieted import is_quieted
from .refusals import refuses_asker
from .stores import reached, targets

Part = tuple[Function, Module]
Way = tuple[tuple[ast.AST, Module], ...]
_KEYS = frozenset({"KeyError", "HTTPException", "LookupError", "IndexError"})
_ENDINGS = ("NotFound", "NotFoundError", "DoesNotExist", "Missing")


class LoudHelpers:
    """Find what helpers raise, for all that calls them: each is looked at once for a store."""

    def __init__(self, store: Class) -> None:
        """Look at nothing yet."""
        self._store = store
        self._quiet: set[Function] = set()

    def is_quiet(self, helper: Part) -> bool:
        """Say whether nothing that a helper leads to raises for what is not there, caught or not.

        So it is with most, whose way to it and back need not be looked at.
        """
        seen = {helper[0]}
        queue = [helper]
        for part in queue:
            if part[0] in self._quiet:
                continue
            if _raised_in(part):
                return False
            inner, home = part
            for each in (*reached(self._store, inner), *wrappers(self._store, home, inner)):
                if each[0] not in seen:
                    seen.add(each[0])
                    queue.append(each)
        self._quiet |= seen
        return True

    def raised(self, function: Function, helper: Part, way: Way) -> Way:
        """Return the calls that lead to what a helper raises and does not catch, and that last.

        `way` are the calls that lead from the function to the helper.
        """
        queue = [(helper, way)]
        seen = {helper[0]}
        for part, before in queue:
            inner, home = part
            for node, kinds in _raised_in(part):
                others = (each for each in reached(self._store, function) if each[0] is not inner)
                if kinds is None or may_raise(others, kinds):
                    return (*before, (node, home))
            for found, on in self._led_to(inner, home):
                if found[0] not in seen:
                    seen.add(found[0])
                    queue.append((found, (*before, *on)))
        return ()

    def _led_to(self, function: Function, module: Module) -> Iterator[tuple[Part, Way]]:
        """Yield what a function runs, or runs inside of, where it lets errors through."""
        for each in wrappers(self._store, module, function):
            yield each, ()
        for call in within(function, ast.Call):
            runs = targets(self._store, function, call) if isinstance(call, ast.Call) else []
            if runs and not is_caught(module, call) and not is_quieted(self._store, module, call):
                yield from ((each, ((call, module),)) for each in runs)


def _raised_in(part: Part) -> Sequence[tuple[ast.AST, frozenset[str] | None]]:
    """Return what a function raises for what is not there, with the errors it answers so."""
    function, module = part
    key = ("loud", function)
    if key not in module.known:
        module.known[key] = [
            (node, handled(module, node))
            for node in within(function, ast.Raise)
            if is_loud(node, module) and not is_caught(module, node)
        ]
    return module.known[key]


def is_loud(node: ast.AST, module: Module) -> bool:
    """Say whether this raises an error that says that something is not there."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = (module.names.resolve(exception) or "").rpartition(".")[2]
    if name in _KEYS:
        return not refuses_asker(module, node)
    return name.endswith(_ENDINGS)


def is_caught(module: Module, node: ast.AST, depth: int = 3) -> bool:
    """Say whether what is raised here is caught around it and not passed on."""
    inside = node
    for parent in module.ancestors(node):
        if isinstance(parent, FUNCTIONS):
            # A function inside another is caught where it is run.
            runs = _runs(module, parent) if depth else []
            return bool(runs) and all(is_caught(module, each, depth - 1) for each in runs)
        if isinstance(parent, ast.Try):
            ends = [each.body[-1] for each in parent.handlers]
            if inside in parent.body and not all(isinstance(each, ast.Raise) for each in ends):
                return True
        elif isinstance(parent, (ast.With, ast.AsyncWith)) and any(
            "suppress" in words_in(item.context_expr) for item in parent.items
        ):
            return True
        inside = parent
    return False


def _runs(module: Module, inner: Function) -> list[ast.Name]:
    """Return where the function around another one says its name."""
    outer = module.function_of(inner)
    if outer is None:
        return []
    own = set(within(inner, ast.Name))
    return [
        each
        for each in within(outer, ast.Name)
        if isinstance(each, ast.Name) and each.id == inner.name and each not in own
    ]
