"""Where the owner flows in a function: which names hold him, and which were made from an id."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from .module import FUNCTIONS, Function, Module, within
from .named_uses import attributes

_BINDINGS = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.withitem, ast.For, ast.AsyncFor,
    ast.comprehension, ast.Call, ast.Match,
)  # fmt: skip
_GROWS = frozenset({"append", "extend", "insert", "add", "update", "setdefault"})
# What a row is added to is not the row's owner's.
_SESSIONS = re.compile(r"session|conn|db|cursor|uow|unit|^s$|^tx$", re.I)
_OBJECT = frozenset({"self", "cls"})
_COMPARES = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


class Ownership:
    """Say of a function's expressions whether the owner is in them, and which ids.

    Names stand for themselves, attributes of the object itself begin with a dot: ".owner".
    """

    def __init__(
        self, module: Module, function: Function, owned: Iterable[str], ids: Iterable[str]
    ) -> None:
        """Follow the names in `owned`, the context's, and those in `ids`, one by one."""
        self.module = module
        self.function = function
        self._tokens: dict[ast.AST, set[str]] = module.known.setdefault(("tokens", None), {})
        self._owned = set(owned)
        self._direct = set(self._owned)
        self._ids: dict[str, set[str]] = {name: {name} for name in ids}
        self._is_followed = False

    @property
    def owned(self) -> set[str]:
        """Return what holds the owner, or something found with him."""
        self._follow()
        return self._owned

    @property
    def direct(self) -> set[str]:
        """Return what holds the owner and nothing that was found by an id."""
        self._follow()
        return self._direct

    @property
    def ids(self) -> Mapping[str, set[str]]:
        """Return what was made from ids, and from which."""
        self._follow()
        return self._ids

    def tokens(self, node: ast.AST) -> Set[str]:
        """Return the names and own attributes that a node reads."""
        found = self._tokens.get(node)
        if found is None:
            found = self._tokens[node] = _tokens(node)
        return found

    def is_owned(self, node: ast.AST) -> bool:
        """Say whether the owner, or something found with him, is in an expression."""
        if not self._is_followed:
            self._follow()
        return not self._owned.isdisjoint(self.tokens(node))

    def ids_in(self, node: ast.AST) -> set[str]:
        """Return the ids that an expression was made from."""
        if not self._is_followed:
            self._follow()
        return self._made_of(self.tokens(node))

    def compares(self) -> bool:
        """Say whether the owner himself is compared with something that was stored."""
        for node in within(self.function, ast.Compare):
            match node:
                case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(
                    op, _COMPARES
                ):
                    for one, other in ((left, right), (right, left)):
                        if _may_be_stored(other) and self._is_direct(one):
                            return True
                case _:
                    continue
        return False

    def _is_direct(self, node: ast.AST) -> bool:
        tokens = self.tokens(node)
        return not self.direct.isdisjoint(tokens) and not self.ids_in(node)

    def _follow(self) -> None:
        if self._is_followed:
            return
        self._is_followed = True
        key = ("bindings with tokens", self.function)
        if key not in self.module.known:
            found = [(bound, self.tokens(value)) for bound, value in self._bindings()]
            self.module.known[key] = [each for each in found if all(each)]
        bindings: list[tuple[set[str], Set[str]]] = self.module.known[key]
        sizes = (-1, -1, -1)
        known = self._ids
        while sizes != (sizes := self._sizes()):
            for targets, tokens in bindings:
                if not self._owned.isdisjoint(tokens):
                    self._owned |= targets
                if known.keys().isdisjoint(tokens):
                    if not self._direct.isdisjoint(tokens):
                        self._direct |= targets
                    continue
                ids = self._made_of(tokens)
                for target in targets:
                    known.setdefault(target, set()).update(ids)

    def _made_of(self, tokens: Set[str]) -> set[str]:
        known = self._ids
        return set[str]().union(*[known[token] for token in tokens if token in known])

    def _sizes(self) -> tuple[int, int, int]:
        return len(self._owned), len(self._direct), sum(map(len, self._ids.values()))

    def _bindings(self) -> Iterator[tuple[set[str], ast.AST]]:
        takes = within(self.function, *FUNCTIONS, ast.Lambda)
        inner = {node.name: node for node in takes if isinstance(node, FUNCTIONS)}
        for node in within(self.function, *_BINDINGS):
            if isinstance(node, ast.Call):
                func = node.func
                if isinstance(func, ast.Attribute) and func.attr in _GROWS:
                    grown = func.value.id if isinstance(func.value, ast.Name) else ""
                    if grown and not _SESSIONS.search(grown):
                        yield {grown}, node
                if takes:
                    yield from self._given(node, inner)
                continue
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    yield {name}, value
                case ast.Assign(
                    targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)
                ) if len(targets) == len(values):
                    for target, value in zip(targets, values, strict=True):
                        yield _bound(target), value
                case ast.Assign(targets=targets, value=value):
                    yield {name for target in targets for name in _bound(target)}, value
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    yield _bound(target), value
                case ast.AugAssign(target=target, value=value):
                    yield _bound(target), value
                case ast.NamedExpr(target=target, value=value):
                    yield _bound(target), value
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                    yield _bound(target), value
                case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                    yield _bound(target), value
                case ast.comprehension(target=target, iter=value):
                    yield _bound(target), value
                case ast.Match(subject=subject):
                    yield _captured(node), subject
                case _:
                    continue

    def _given(
        self, call: ast.Call, inner: Mapping[str, Function]
    ) -> Iterator[tuple[set[str], ast.AST]]:
        """Yield what a function gets that is handed to a call: a session of the owner's, say."""
        handed = [*call.args, *(keyword.value for keyword in call.keywords)]
        for each in handed:
            match each:
                case ast.Lambda(args=arguments):
                    pass
                case ast.Name(id=name) if name in inner:
                    arguments = inner[name].args
                case _:
                    continue
            names = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args)}
            for other in (call.func, *handed):
                if other is not each:
                    yield names, other


def own_attributes(module: Module, is_meant: Callable[[str], bool]) -> list[ast.Attribute]:
    """Return where a file reads or sets an attribute of `self` that is called so."""
    named = [nodes for name, nodes in attributes(module).items() if is_meant(name)]
    return [
        node
        for nodes in named
        for node in nodes
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    ]


def _tokens(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Constant):
        return set()
    found: set[str] = set()
    for each in (node, *within(node, ast.Name, ast.Attribute)):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif (
            isinstance(each, ast.Attribute)
            and isinstance(each.value, ast.Name)
            and each.value.id in _OBJECT
        ):
            found.add(f".{each.attr}")
    return found - _OBJECT


def _bound(target: ast.expr) -> set[str]:
    """Return the names that get a value, also by a key or an attribute: `session.info["owner"]`."""
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            return {f".{attr}"}
        case ast.Subscript(value=value) | ast.Attribute(value=value) | ast.Starred(value=value):
            # A dictionary of the object's own is not the owner's for one key in it.
            return {name for name in _bound(value) if not name.startswith(".")}
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return {name for element in elements for name in _bound(element)}
        case _:
            return set()


def _captured(node: ast.Match) -> set[str]:
    names: set[str] = set()
    for each in within(node, ast.MatchAs, ast.MatchStar, ast.MatchMapping):
        match each:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
            case _:
                continue
    return names


def _may_be_stored(node: ast.expr) -> bool:
    """Say whether something may be the owner of what is stored; a constant never is."""
    return not isinstance(node, ast.Constant)
