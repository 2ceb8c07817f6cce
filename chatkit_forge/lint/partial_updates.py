"""Updates of a stored thread that leave out fields which a new one is stored with."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .binders import bound_by, value_of
from .module import Function, Module, within
from .names import last_name

_IN_PLACE = frozenset({"setattr", "vars"})


@dataclass(frozen=True, slots=True)
class Saved:
    """Hold a function that saves a thread, what it calls the thread, and the thread's fields."""

    module: Module
    function: Function
    thread: str
    fields: frozenset[str]

    def partial_updates(self) -> Iterator[tuple[ast.AST, list[str]]]:
        """Yield what changes a stored thread in part, with the fields that it leaves out."""
        for update, new in self._pairs():
            changed = self._read([update])
            stored = self._read([new])
            if self._is_unclear(update):
                continue
            left = (self.fields if stored is None else stored) - (changed or set())
            if changed and left:
                yield update, sorted(left)
        for node in within(self.function, ast.If, ast.Call):
            if isinstance(node, ast.If):
                yield from self._by_branch(node)
            elif isinstance(node, ast.Call):
                yield from self._by_conflict(node)

    def _pairs(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        """Yield what is laid over a stored object, and what is stored of a new one."""
        for node in within(self.function, ast.Dict, ast.Call):
            match node:
                case ast.Dict(keys=keys, values=values):
                    named = {
                        key.value: value
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant)
                    }
                    if "$set" in named and "$setOnInsert" in named:
                        yield named["$set"], named["$setOnInsert"]
                case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
                    options = {k.arg: k.value for k in keywords}
                    if name == "upsert" and args and "on_insert" in options:
                        yield args[0], options["on_insert"]
                    elif {"defaults", "create_defaults"} <= options.keys():
                        yield options["defaults"], options["create_defaults"]
                case _:
                    continue

    def _by_branch(self, node: ast.If) -> Iterator[tuple[ast.AST, list[str]]]:
        """Yield what is changed of a row that was found, where a missing one is made anew."""
        missing, row = _looks_for(node.test)
        if not row or row == self.thread:
            return
        new, found = (node.body, node.orelse) if missing else (node.orelse, node.body)
        after = [each for each in self.function.body if each.lineno > (node.end_lineno or 0)]
        parent = self.module.parents.get(node)
        inside = parent.body if isinstance(parent, (ast.With, ast.AsyncWith, ast.Try)) else []
        after += [each for each in inside if each.lineno > (node.end_lineno or 0)]
        if not new and isinstance(found[-1], ast.Return):
            new = after
        else:
            found = [*found, *after]
        changes = [
            each
            for line in found
            for each in (line, *within(line, ast.Assign))
            if isinstance(each, ast.Assign)
            and _is_of(each.targets[0], row)
            and self._read([each.value])
        ]
        if any(self._is_unclear(each.value) for each in changes):
            return
        changed = self._read(found)
        stored = self._read(new)
        left = (self.fields if stored is None else stored) - (changed or set())
        if changes and changed and new and left:
            yield changes[0], sorted(left)

    def _by_conflict(self, node: ast.Call) -> Iterator[tuple[ast.AST, list[str]]]:
        """Yield the columns that SQLAlchemy sets on a conflict, where it inserts more of them."""
        match node:
            case ast.Call(func=ast.Attribute(attr="on_conflict_do_update"), keywords=keywords):
                laid = next((k.value for k in keywords if k.arg == "set_"), None)
            case _:
                return
        laid = value_of(self.module, laid) if isinstance(laid, ast.Name) else laid
        given = [k for call in _values(self.function) for k in call.keywords]
        if not isinstance(laid, ast.Dict) or any(k.arg is None for k in given):
            return
        columns = {key.value for key in laid.keys if isinstance(key, ast.Constant)}
        if len(columns) < len(laid.keys):
            return
        changed = self._read([laid, *(k.value for k in given if k.arg in columns)])
        stored = self._read([k.value for k in given])
        if changed and stored and stored - changed and not self._is_unclear(laid):
            yield laid, sorted(stored - changed)

    def _is_unclear(self, value: ast.expr) -> bool:
        """Say whether something was given a value in more than one place, or in none that shows."""
        for node in (value, *within(value, ast.Name)):
            if not isinstance(node, ast.Name):
                continue
            bound = bound_by(self.module, node)
            if not bound or not all(isinstance(each, ast.Name) for each in bound):
                continue  # imported, a parameter, or a class
            if not self._is_excluded(node) and value_of(self.module, node) is None:
                return True
        return False

    def _is_excluded(self, node: ast.Name) -> bool:
        """Say whether a name is the statement of `statement.excluded.title`."""
        inside = self.module.parents.get(node)
        return isinstance(inside, ast.Attribute) and inside.attr == "excluded"

    def _read(self, nodes: Iterable[ast.AST], left: int = 3) -> set[str] | None:
        """Return the fields of the thread that are read, None where it may be taken whole."""
        found: set[str] = set()
        for top in nodes:
            for node in (top, *within(top, ast.Name, ast.Call, ast.Dict)):
                match node:
                    case ast.Dict(keys=keys) if None in keys:
                        return None
                    case ast.Call(keywords=keywords) if any(k.arg is None for k in keywords):
                        return None
                    case ast.Call(func=func) if last_name(func) in _IN_PLACE:
                        return None
                    case ast.Name(id=name) if name == self.thread:
                        parent = self.module.parents.get(node)
                        if not isinstance(parent, ast.Attribute):
                            return None
                        if parent.attr in self.fields:
                            found.add(parent.attr)
                        elif parent.attr.startswith(("model_", "dict", "json", "copy", "__")):
                            return None
                    case ast.Name(ctx=ast.Load()) if left and not self._is_excluded(node):
                        value = value_of(self.module, node)
                        inner = self._read([value], left - 1) if value is not None else set[str]()
                        if inner is None:
                            return None
                        found |= inner
                    case _:
                        continue
        return found


def _values(function: Function) -> Iterator[ast.Call]:
    """Yield what is inserted: `insert(table).values(...)`, where each column can be seen."""
    for node in within(function, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(attr="values"), args=[], keywords=[_, *_]):
                yield node
            case _:
                continue


def _looks_for(test: ast.expr) -> tuple[bool, str]:
    """Return whether a test is for what is not there, and the name of what was looked for."""
    match test:
        case ast.Compare(left=ast.Name(id=row), ops=[ast.Is()], comparators=[ast.Constant()]):
            return True, row
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=row)):
            return True, row
        case ast.Compare(left=ast.Name(id=row), ops=[ast.IsNot()], comparators=[ast.Constant()]):
            return False, row
        case ast.Name(id=row):
            return False, row
        case _:
            return False, ""


def _is_of(target: ast.expr, row: str) -> bool:
    match target:
        case ast.Attribute(value=ast.Name(id=name)):
            return name == row
        case _:
            return False
