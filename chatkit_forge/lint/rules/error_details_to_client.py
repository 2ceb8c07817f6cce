"""CKF312."""

import ast

from ..annotations import all_parameters
from ..flow import bound, mentions
from ..module import Function, within
from ..rule import Rule, Scene
from ..sdk_names import definition
from ..values import called

_EVENTS = frozenset({
    "chatkit.types.ErrorEvent", "chatkit.types.NoticeEvent", "chatkit.types.ProgressUpdateEvent",
    "chatkit.types.AssistantMessageContent", "chatkit.errors.CustomStreamError",
    "chatkit.types.AssistantMessageContentPartTextDelta",
})  # fmt: skip
_ANSWERS = frozenset({
    "HTTPException", "json_response", "jsonify", "make_response", "HttpResponse", "JsonResponse",
    "HttpResponseServerError", "HttpResponseBadRequest", "InternalServerException",
    "HTTPInternalServerError", "HTTPBadRequest", "abort", "Response",
})  # fmt: skip
# Errors whose text is meant for whoever sent the request.
_MEANT = frozenset({
    "ValidationError", "NotFoundError", "JSONDecodeError", "HTTPException",
    "RequestValidationError", "StreamError", "CustomStreamError", "BaseStreamError",
})  # fmt: skip
_BROAD = frozenset({"Exception", "BaseException", "RuntimeError", "OSError"})
_TRACES = frozenset({
    "traceback.format_exc", "traceback.format_exception", "traceback.format_tb", "sys.exc_info",
})  # fmt: skip
_PARTS = frozenset({"args", "message", "detail", "body", "response", "orig", "text", "reason"})
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "route", "api_route", "websocket"})


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
        """Remember which functions are being looked into: they may call each other."""
        super().__init__(scene)
        self._asked: set[Function] = set()

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Look at what is done with a caught exception."""
        if not self._is_narrow(node.type):
            function = self.module.function_of(node)
            self._look(node, node.name, node.type, function)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look at a function that is given an exception."""
        self._given(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a function that is given an exception."""
        self._given(node)

    def _given(self, function: Function) -> None:
        handled = [
            decorator.args[0]
            for decorator in function.decorator_list
            if isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr in {"exception_handler", "errorhandler"}
            and decorator.args
        ]
        if any(self._is_narrow(kind) or self._is_own(kind) for kind in handled):
            return
        for parameter in all_parameters(function.args):
            name = self._name(parameter.annotation)
            if name in {"Exception", "BaseException"}:
                self._look(function, parameter.arg, parameter.annotation, function)

    def _look(
        self,
        node: ast.ExceptHandler | Function,
        name: str | None,
        kind: ast.expr | None,
        function: Function | None,
    ) -> None:
        """Look for the exception's text in what goes to the user."""
        told = self._texts(node, name)
        for inner in within(node):
            match inner:
                case ast.Call() if self._reaches_user(inner) and not self._is_refusal(inner, kind):
                    values = [*inner.args, *(keyword.value for keyword in inner.keywords)]
                    reported: ast.AST = inner
                case ast.Call(args=args) if isinstance(node, ast.ExceptHandler) and self._passes_on(
                    inner
                ):
                    values, reported = args, inner
                case ast.Return(value=ast.Dict() | ast.Tuple() as value) if self._is_route(
                    function
                ):
                    values, reported = [value], inner
                case ast.Yield(value=ast.expr() as value) if _is_data(value):
                    values, reported = [value], inner
                case _:
                    continue
            for value in values:
                if self._mentions(value, name, told, node):
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
            if not isinstance(call, ast.Call) or not self._reaches_user(call):
                continue
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            if call.lineno > (node.end_lineno or 0) and any(mentions(v, kept) for v in values):
                self.report(call)

    def _is_inside(self, node: ast.AST, top: ast.AST) -> bool:
        """Say whether a call stands in another one that is reported itself."""
        for parent in self.module.ancestors(node):
            if parent is top:
                return False
            if isinstance(parent, ast.Call) and self._reaches_user(parent):
                return True
        return False

    def _is_narrow(self, kind: ast.expr | None) -> bool:
        """Say whether only an error is caught whose text is meant for whoever sent the request."""
        if isinstance(kind, ast.Tuple):
            return all(self._is_narrow(each) for each in kind.elts)
        return kind is not None and (self._name(kind) in _MEANT or self._is_own(kind))

    def _is_own(self, kind: ast.expr) -> bool:
        """Say whether an error is the project's own: it wrote the text, for whom it knows."""
        name = self.module.names.resolve(kind)
        if name is None or isinstance(kind, ast.Constant):
            return False
        if self.project.find_class(name, self.module) is not None:
            return True
        return self.project.module(name.rpartition(".")[0], self.module) is not None

    def _name(self, kind: ast.expr | None) -> str:
        name = self.module.names.resolve(kind) if kind is not None else None
        return (name or "").rpartition(".")[2]

    def _is_refusal(self, call: ast.Call, kind: ast.expr | None) -> bool:
        """Say whether a bad request is answered with what was wrong about it."""
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        if any(each is None or self._name(each) in _BROAD for each in kinds):
            return False
        codes = [
            *call.args,
            *(k.value for k in call.keywords if k.arg in {"status_code", "status"}),
        ]
        for code in codes:
            match code:
                case ast.Constant(value=int(number)) if 400 <= number < 500:
                    return True
                case ast.Attribute(attr=name) if name.startswith("HTTP_4"):
                    return True
                case _:
                    continue
        return False

    def _reaches_user(self, node: ast.Call) -> bool:
        name = self.module.names.resolve(node.func)
        if name is None:
            return False
        last = name.rpartition(".")[2]
        if name.startswith("chatkit."):
            return definition(self.sdk, name) in _EVENTS or name in _EVENTS
        return last in _ANSWERS or (last.endswith("Response") and last[:1].isupper())

    def _passes_on(self, node: ast.Call) -> bool:
        """Say whether a function of the project tells the user the text that it is given."""
        found = called(self.project, self.module, node)
        if found is None or found[1] is not self.module:
            return False
        function = found[0]
        names = {parameter.arg for parameter in all_parameters(function.args)} - {"self"}
        kinds = [self._name(p.annotation) for p in all_parameters(function.args)]
        if any(kind.endswith(("Exception", "Error")) for kind in kinds):
            return False  # told where it is made into text
        return any(
            isinstance(inner, ast.Call)
            and self._reaches_user(inner)
            and any(
                isinstance(k.value, (ast.Name, ast.JoinedStr, ast.Dict))
                and mentions(k.value, names)
                for k in inner.keywords
                if k.arg in {"message", "detail", "text", "content", "delta"}
            )
            for inner in within(function)
        )

    def _is_route(self, function: Function | None) -> bool:
        """Say whether a framework sends what a function returns."""
        for decorator in function.decorator_list if function is not None else ():
            match decorator:
                case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
                    if name in _ROUTES:
                        return True
                case _:
                    continue
        return False

    def _texts(self, node: ast.AST, name: str | None) -> set[str]:
        """Return the names that hold the exception's text."""
        found: set[str] = set()
        while True:
            before = len(found)
            for inner in within(node):
                match inner:
                    case ast.Assign(targets=targets, value=value) if self._mentions(
                        value, name, found, node
                    ):
                        found |= {each for target in targets for each in bound(target)}
                    case ast.AnnAssign(target=target, value=ast.expr() as value) if self._mentions(
                        value, name, found, node
                    ):
                        found |= bound(target)
                    case _:
                        continue
            if len(found) == before:
                return found

    def _mentions(self, value: ast.expr, name: str | None, told: set[str], top: ast.AST) -> bool:
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
            case ast.Call(args=args, keywords=keywords) if self._reaches_user(node):
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
        texts = self._texts(function, names[position])
        retold = any(
            isinstance(each, ast.Return)
            and each.value is not None
            and not isinstance(each.value, ast.Name)
            and self._mentions(each.value, names[position], texts, function)
            for each in within(function, ast.Return)
        )
        self._asked.discard(function)
        # One that makes the event itself is told of there.
        return retold and not any(
            isinstance(each, ast.Call) and self._reaches_user(each)
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


def _is_data(value: ast.expr) -> bool:
    """Say whether what is yielded is written out here: text, bytes of it, a dictionary."""
    match value:
        case ast.JoinedStr() | ast.BinOp() | ast.Dict():
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "format")):
            return _is_data(inner) or isinstance(inner, (ast.Call, ast.Constant))
        case ast.Call(func=ast.Attribute(attr="dumps")):
            return True
        case _:
            return False


def _assigned(function: Function, name: str) -> list[tuple[ast.AST, ast.expr]]:
    """Return where a name is given a value in a function, and which."""
    return [
        (node, node.value)
        for node in within(function, ast.Assign)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
