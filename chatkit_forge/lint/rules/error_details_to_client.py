"""CKF312."""

import ast

from ..exception_texts import Texts
from ..flow import mentions
from ..meant_errors import error_name, is_meant, is_own
from ..module import FUNCTIONS, Function, within
from ..rule import Rule, Scene
from ..told_users import Answers, is_data, is_sent

_ANY = frozenset({"Exception", "BaseException"})


class ErrorDetailsToClient(Rule):
    """Find the text of exceptions that is sent to users.

    It names hosts, tables, keys and paths, and tells the user nothing. The log is its place; the
    user gets a sentence and whether to try again.

    Bad:
        from chatkit.types import ErrorEvent


        def failed(error: Exception) -> ErrorEvent:
            try:
                raise error
            except Exception as caught:
                return ErrorEvent(message=f"Error: {caught}", allow_retry=True)

    Good:
        import logging

        from chatkit.types import ErrorEvent


        def failed(error: Exception) -> ErrorEvent:
            try:
                raise error
            except Exception:
                logging.exception("the answer failed")
                return ErrorEvent(message="Something went wrong.", allow_retry=True)

    Source: OWASP, Error Handling.
    """

    code = "CKF312"
    name = "error-details-to-client"
    message = "the text of an exception goes to the user"
    hint = "log it, and send a sentence that is meant for users"

    def __init__(self, scene: Scene) -> None:
        """Take the file to look at."""
        super().__init__(scene)
        self.answers = Answers(self.project, self.module, self.sdk)
        self.texts = Texts(self.project, self.module, self.answers)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Look at what is done with a caught exception."""
        if not is_meant(self.project, self.module, node.type):
            function = self.module.function_of(node)
            self._look(node, node.name, node.type, function)

    def visit_arg(self, node: ast.arg) -> None:
        """Look at a function that is given an exception."""
        kind = node.annotation
        if isinstance(kind, (ast.Name, ast.Attribute)) and error_name(self.module, kind) in _ANY:
            function = self.module.parents[self.module.parents[node]]
            if isinstance(function, FUNCTIONS):
                self._given(function, node)

    def _given(self, function: Function, parameter: ast.arg) -> None:
        handled = [
            decorator.args[0]
            for decorator in function.decorator_list
            if isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr in {"exception_handler", "errorhandler"}
            and decorator.args
        ]
        if not any(
            is_meant(self.project, self.module, kind) or is_own(self.project, self.module, kind)
            for kind in handled
        ):
            self._look(function, parameter.arg, parameter.annotation, function)

    def _look(
        self,
        node: ast.ExceptHandler | Function,
        name: str | None,
        kind: ast.expr | None,
        function: Function | None,
    ) -> None:
        """Look for the exception's text in what goes to the user."""
        told = self.texts.names(node, name)
        for inner in within(node, ast.Call, ast.Return, ast.Yield):
            match inner:
                case ast.Call() if self.answers.reaches_user(inner) and not self.answers.is_refusal(
                    inner, kind
                ):
                    values = [*inner.args, *(keyword.value for keyword in inner.keywords)]
                    reported: ast.AST = inner
                case ast.Call(args=args) if isinstance(
                    node, ast.ExceptHandler
                ) and self.answers.passes_on(inner):
                    values, reported = args, inner
                case ast.Return(value=ast.Dict() | ast.Tuple() as value) if is_sent(function):
                    values, reported = [value], inner
                case ast.Yield(value=ast.expr() as value) if is_data(value):
                    values, reported = [value], inner
                case _:
                    continue
            for value in values:
                if self.texts.is_in(value, name, told, node):
                    if not self._is_inside(inner, node):
                        self.report(reported)
                    break
        if isinstance(node, ast.ExceptHandler) and told and function is not None:
            self._afterwards(node, told, function)

    def _afterwards(self, node: ast.ExceptHandler, told: set[str], function: Function) -> None:
        """Look at what goes to the user behind a handler that kept the text for later."""
        kept = {
            name
            for name in told
            if all(
                node in self.module.ancestors(each) or isinstance(value, ast.Constant)
                for each, value in _assigned(function, name)
            )
        }
        for call in within(function, ast.Call):
            if not isinstance(call, ast.Call) or not self.answers.reaches_user(call):
                continue
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            if call.lineno > (node.end_lineno or 0) and any(mentions(v, kept) for v in values):
                self.report(call)

    def _is_inside(self, node: ast.AST, top: ast.AST) -> bool:
        """Say whether a call stands in another one that is reported itself."""
        for parent in self.module.ancestors(node):
            if parent is top:
                return False
            if isinstance(parent, ast.Call) and self.answers.reaches_user(parent):
                return True
        return False


def _assigned(function: Function, name: str) -> list[tuple[ast.AST, ast.expr]]:
    """Return where a name is given a value in a function, and which."""
    return [
        (node, node.value)
        for node in within(function, ast.Assign)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
