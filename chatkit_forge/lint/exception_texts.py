"""Where the text of an exception is: in names it was given to, in expressions made of it."""

import ast

from .flow import bound
from .module import Function, Module, within
from .project import Project
from .told_users import Answers
from .values import called

_TRACES = frozenset({
    "traceback.format_exc", "traceback.format_exception", "traceback.format_tb", "sys.exc_info",
})  # fmt: skip
_PARTS = frozenset({"args", "message", "detail", "body", "response", "orig", "text", "reason"})


class Texts:
    """Find the text of an exception in one file."""

    def __init__(self, project: Project, module: Module, answers: Answers) -> None:
        """Take the file, and what reaches the user there."""
        self.project, self.module, self.answers = project, module, answers
        # Functions that are being looked into: they may call each other.
        self._asked: set[Function] = set()

    def names(self, node: ast.AST, name: str | None) -> set[str]:
        """Return the names that hold the exception's text."""
        found: set[str] = set()
        while True:
            before = len(found)
            for inner in within(node, ast.Assign, ast.AnnAssign):
                match inner:
                    case ast.Assign(targets=targets, value=value) if self.is_in(
                        value, name, found, node
                    ):
                        found |= {each for target in targets for each in bound(target)}
                    case ast.AnnAssign(target=target, value=ast.expr() as value) if self.is_in(
                        value, name, found, node
                    ):
                        found |= bound(target)
                    case _:
                        continue
            if len(found) == before:
                return found

    def is_in(self, value: ast.expr, name: str | None, told: set[str], top: ast.AST) -> bool:
        """Say whether an expression holds the exception's text."""
        if isinstance(value, ast.Name):
            return value.id == name or value.id in told
        for node in (value, *within(value)):
            if self._is_text(node, name, told) and not self._is_chosen(node, name, top):
                return True
        return False

    def _is_text(self, node: ast.AST, name: str | None, told: set[str]) -> bool:
        match node:
            case ast.FormattedValue(value=ast.Name(id=found)):
                return found == name or found in told
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=found)]):
                return found == name
            case ast.Call(func=ast.Attribute(attr="format"), args=args):
                return any(isinstance(each, ast.Name) and each.id == name for each in args)
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=found), *_]):
                return found == name
            case ast.Call(func=func) if self.module.names.resolve(func) in _TRACES:
                return True
            case ast.BinOp(op=ast.Mod(), right=right):
                given = right.elts if isinstance(right, ast.Tuple) else [right]
                return any(isinstance(each, ast.Name) and each.id == name for each in given)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return any(isinstance(e, ast.Name) and e.id in told for e in (left, right))
            case ast.Dict(values=values):
                given = {each.id for each in values if isinstance(each, ast.Name)}
                return name in given or bool(given & told)
            case ast.Call(args=args, keywords=keywords) if self.answers.reaches_user(node):
                given = [*args, *(keyword.value for keyword in keywords)]
                return any(isinstance(e, ast.Name) and (e.id in told) for e in given)
            case ast.Attribute(value=ast.Name(id=found), attr=part):
                return found == name and part in _PARTS
            case ast.Call(func=ast.Attribute(attr="dumps"), args=[ast.Name(id=found), *_]):
                return found in told
            case ast.Call(args=args) if name is not None:
                given = [n for n, each in enumerate(args) if getattr(each, "id", "") == name]
                return bool(given) and self._retells(node, given[0])
            case _:
                return False

    def _retells(self, node: ast.Call, position: int) -> bool:
        """Say whether a function of the project returns the text of the exception it is given."""
        found = called(self.project, self.module, node)
        if found is None or found[0] in self._asked:
            return False
        function = found[0]
        names = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        if position >= len(names):
            return False
        self._asked.add(function)
        texts = self.names(function, names[position])
        retold = any(
            isinstance(each, ast.Return)
            and each.value is not None
            and not isinstance(each.value, ast.Name)
            and self.is_in(each.value, names[position], texts, function)
            for each in within(function, ast.Return)
        )
        self._asked.discard(function)
        # One that makes the event itself is told of there.
        return retold and not any(
            isinstance(each, ast.Call) and self.answers.reaches_user(each)
            for each in within(function, ast.Call)
        )

    def _is_chosen(self, node: ast.AST, name: str | None, top: ast.AST) -> bool:
        """Say whether the text is shown only of some kinds of errors, or while debugging."""
        for parent in self.module.ancestors(node):
            if parent is top:
                return False
            if isinstance(parent, (ast.If, ast.IfExp)):
                for inner in (parent.test, *within(parent.test)):
                    match inner:
                        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=found), _]):
                            if found == name:
                                return True
                        case ast.Name(id=word) | ast.Attribute(attr=word):
                            if "debug" in word.lower():
                                return True
                        case _:
                            continue
        return False
