"""The first promise: a class that derives from the SDK's is complete and fits its signatures."""

from collections.abc import Iterator, Mapping

import libcst as cst

from .. import sdk
from ..sdk_facts import Method
from .names import Broken, qualified

# The server module imports the stores' base classes; they are importable from there as well.
_BASES = {base.rpartition(".")[2]: base for base in sdk.BASES}


class Classes(cst.BatchableCSTVisitor):
    """Hold every class of one module against the SDK's abstract methods and signatures."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take what the module's imported names stand for."""
        super().__init__()
        self._names = names
        self._classes: dict[str, cst.ClassDef] = {}

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        """Remember the class; it may be the base of a later one."""
        self._classes[node.name.value] = node

    def broken(self) -> Iterator[Broken]:
        """Yield each class or method that breaks the promise, with why."""
        for node in self._classes.values():
            for base in sorted(self._sdk_bases(node)):
                yield from self._against(node, base)

    def _against(self, node: cst.ClassDef, base: str) -> Iterator[Broken]:
        promised = sdk.methods(base)
        defined = self._defined(node)
        for name, method in promised.items():
            if method.is_abstract and name not in defined:
                yield node, f"{node.name.value} lacks {name}(), which {base} asks for"
        for line in node.body.body:
            if isinstance(line, cst.FunctionDef) and line.name.value in promised:
                method = promised[line.name.value]
                for fault in _faults(line, method):
                    yield line, f"{node.name.value}.{method.name}() {fault}"

    def _sdk_bases(self, node: cst.ClassDef) -> set[str]:
        found: set[str] = set()
        for argument in node.bases:
            full = qualified(argument.value, self._names)
            if full is not None and full.startswith("chatkit."):
                base = _BASES.get(full.rpartition(".")[2])
                found |= {base} if base else set()
        for base in self._local_bases(node):
            found |= self._sdk_bases(base)
        return found

    def _defined(self, node: cst.ClassDef) -> set[str]:
        """Return what the class and its bases in this module define."""
        defined: set[str] = set()
        for base in self._local_bases(node):
            defined |= self._defined(base)
        for line in node.body.body:
            match line:
                case cst.FunctionDef(name=name):
                    defined.add(name.value)
                case cst.SimpleStatementLine(body=[cst.Assign(targets=targets)]):
                    defined |= {t.target.value for t in targets if isinstance(t.target, cst.Name)}
                case _:
                    continue
        return defined

    def _local_bases(self, node: cst.ClassDef) -> Iterator[cst.ClassDef]:
        for argument in node.bases:
            expression = argument.value
            if isinstance(expression, cst.Subscript):
                expression = expression.value
            if isinstance(expression, cst.Name):
                base = self._classes.get(expression.value)
                if base is not None and base is not node:
                    yield base


def _faults(node: cst.FunctionDef, method: Method) -> Iterator[str]:
    """Yield where a method differs from the one of the SDK that it overrides."""
    is_async = node.asynchronous is not None
    streams = method.returns.startswith("AsyncIterator")
    if method.is_async and not is_async:
        yield "must be `async def`, as in the SDK"
    elif is_async and streams and not _yields(node):
        yield "must yield: the SDK iterates over what it returns"
    elif is_async and not method.is_async and not streams:
        yield "must be a plain `def`, as in the SDK"
    # Called both by position and by keyword: names and order both matter.
    positional = [*node.params.posonly_params, *node.params.params][1:]
    names = tuple(parameter.name.value for parameter in positional)
    expected = method.parameters
    if names[: len(expected)] != expected:
        yield f"takes ({', '.join(names)}), the SDK passes ({', '.join(expected)})"
    extra = [*positional[len(expected) :], *node.params.kwonly_params]
    if any(parameter.default is None for parameter in extra):
        yield "has a parameter without default that the SDK never passes"
    bare = [p.name.value for p in [*positional, *node.params.kwonly_params] if p.annotation is None]
    if bare:
        yield f"has no annotation for {', '.join(bare)}"
    if node.returns is None:
        yield "does not annotate what it returns"


def _yields(node: cst.FunctionDef) -> bool:
    finder = _Yields()
    node.body.visit(finder)
    return finder.found


class _Yields(cst.CSTVisitor):
    """Look for a `yield` of the function itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def visit_Yield(self, node: cst.Yield) -> None:
        self.found = True

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False
