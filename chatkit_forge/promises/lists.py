"""The third promise: every list and dictionary says what it holds."""

from collections.abc import Iterable, Iterator

import libcst as cst

from .names import Broken

_CONTAINERS = frozenset(
    {"list", "dict", "set", "frozenset", "tuple", "List", "Dict", "Set", "FrozenSet", "Tuple"}
)
_EMPTY_CALLS = frozenset({"list", "dict", "set"})


class Lists(cst.BatchableCSTVisitor):
    """Find containers without element types, annotated or assigned."""

    def __init__(self) -> None:
        """Begin in the module's own scope."""
        super().__init__()
        self._broken: list[Broken] = []
        self._scopes: list[cst.CSTNode | None] = [None]
        self._annotated: set[tuple[cst.CSTNode | None, str]] = set()
        self._empty: list[tuple[cst.CSTNode | None, str, cst.CSTNode]] = []

    def broken(self) -> Iterator[Broken]:
        """Yield each annotation or assignment that breaks the promise, with why."""
        yield from self._broken
        for scope, name, node in self._empty:
            if (scope, name) not in self._annotated:
                yield node, f"{name.removeprefix('.')} is empty and untyped: annotate it"

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """Enter the function's scope, in which annotated parameters are typed."""
        self._scopes.append(node)
        for parameter in _parameters(node.params):
            if parameter.annotation is not None:
                self._annotated.add((node, parameter.name.value))
            elif parameter.default is not None and _is_empty(parameter.default):
                self._empty.append((None, f"parameter {parameter.name.value}", parameter))

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        """Leave the function's scope."""
        self._scopes.pop()

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        """Enter the class's scope."""
        self._scopes.append(node)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        """Leave the class's scope."""
        self._scopes.pop()

    def visit_Annotation(self, node: cst.Annotation) -> None:
        """Look at a parameter's, a return's or a variable's type."""
        self._look(node.annotation)

    def visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        """Look at what `type X = ...` stands for."""
        self._look(node.value)

    def visit_Call(self, node: cst.Call) -> None:
        """Look at the type in `cast(list, x)`."""
        if isinstance(node.func, cst.Name) and node.func.value == "cast" and node.args:
            self._look(node.args[0].value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        """Remember what is annotated; a class's `x: list[int]` types `self.x` as well."""
        for scope, name in self._targets(node.target):
            self._annotated.add((scope, name))
            if isinstance(self._scopes[-1], cst.ClassDef):
                self._annotated.add((None, f".{name}"))

    def visit_Assign(self, node: cst.Assign) -> None:
        """Remember what is assigned something empty."""
        for target in node.targets:
            self._assigned(target.target, node.value)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        """Remember what `:=` assigns something empty."""
        self._assigned(node.target, node.value)

    def _look(self, annotation: cst.BaseExpression) -> None:
        for node, name in _bare(annotation):
            self._broken.append((node, f"bare {name}: say what it holds"))

    def _assigned(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        match target, value:
            case cst.Tuple(elements=targets), cst.Tuple(elements=values):
                for one, other in zip(targets, values, strict=False):
                    self._assigned(one.value, other.value)
            case _ if _is_empty(value):
                self._empty += [(scope, name, target) for scope, name in self._targets(target)]
            case _:
                return

    def _targets(self, target: cst.BaseExpression) -> Iterable[tuple[cst.CSTNode | None, str]]:
        """Return the scope and name of a variable; attributes count in the whole module."""
        match target:
            case cst.Name(value=name):
                return [(self._scopes[-1], name)]
            case cst.Attribute(attr=cst.Name(value=name)):
                return [(None, f".{name}")]
            case _:
                return []


def _parameters(parameters: cst.Parameters) -> Iterator[cst.Param]:
    yield from parameters.posonly_params
    yield from parameters.params
    yield from parameters.kwonly_params


def _is_empty(value: cst.BaseExpression) -> bool:
    match value:
        case cst.List(elements=[]) | cst.Dict(elements=[]):
            return True
        case cst.Call(func=cst.Name(value=name), args=[]):
            return name in _EMPTY_CALLS
        case _:
            return False


def _bare(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, str]]:
    """Yield the containers without element types in an annotation."""
    match node:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            if name in _CONTAINERS:
                yield node, name
        case cst.Subscript(value=cst.Name(value="Literal")):
            return
        case cst.Subscript(value=cst.Name(value="Annotated"), slice=[first, *_]):
            yield from _bare(first)
        case cst.Subscript(slice=elements):
            for element in elements:
                yield from _bare(element)
        case cst.SimpleString():
            for _, name in _bare(cst.parse_expression(str(node.evaluated_value))):
                yield node, name
        case _:
            for child in node.children:
                yield from _bare(child)
