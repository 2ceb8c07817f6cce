"""What reaches the user: events, responses, what routes return."""

import ast
from functools import cached_property

from ..sdk_facts import SdkFacts
from .annotations import all_parameters
from .flow import mentions
from .meant_errors import error_name
from .module import Function, Module, within
from .named_uses import calls
from .project import Project
from .routes import ROUTES
from .sdk_names import definition
from .values import called

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
_BROAD = frozenset({"Exception", "BaseException", "RuntimeError", "OSError"})


class Answers:
    """Say of the calls in one file which of them the user gets an answer by."""

    def __init__(self, project: Project, module: Module, sdk: SdkFacts) -> None:
        """Take the file, and the events that the SDK knows."""
        self.project, self.module, self.sdk = project, module, sdk

    def reaches_user(self, node: ast.Call) -> bool:
        """Say whether a call makes what the user is sent: an event, a response, an error."""
        name = self.module.names.resolve(node.func)
        return name is not None and self._is_answer(name)

    def _is_answer(self, name: str) -> bool:
        last = name.rpartition(".")[2]
        if name.startswith("chatkit."):
            return definition(self.sdk, name) in _EVENTS or name in _EVENTS
        return last in _ANSWERS or (last.endswith("Response") and last[:1].isupper())

    @cached_property
    def _tells(self) -> bool:
        """Say whether anything in the file reaches the user: of a store, mostly nothing does."""
        return any(self._is_answer(name) for name in calls(self.module))

    def passes_on(self, node: ast.Call) -> bool:
        """Say whether a function of the project tells the user the text that it is given."""
        if not self._tells:
            return False
        found = called(self.project, self.module, node)
        if found is None or found[1] is not self.module:
            return False
        function = found[0]
        names = {parameter.arg for parameter in all_parameters(function.args)} - {"self"}
        kinds = [error_name(self.module, p.annotation) for p in all_parameters(function.args)]
        if any(kind.endswith(("Exception", "Error")) for kind in kinds):
            return False  # told where it is made into text
        return any(
            isinstance(inner, ast.Call)
            and self.reaches_user(inner)
            and any(
                isinstance(k.value, (ast.Name, ast.JoinedStr, ast.Dict))
                and mentions(k.value, names)
                for k in inner.keywords
                if k.arg in {"message", "detail", "text", "content", "delta"}
            )
            for inner in within(function)
        )

    def is_refusal(self, call: ast.Call, kind: ast.expr | None) -> bool:
        """Say whether a bad request is answered with what was wrong about it."""
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        if any(each is None or error_name(self.module, each) in _BROAD for each in kinds):
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


def is_sent(function: Function | None) -> bool:
    """Say whether a framework sends what a function returns."""
    for decorator in function.decorator_list if function is not None else ():
        match decorator:
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
                if name in ROUTES:
                    return True
            case _:
                continue
    return False


def is_data(value: ast.expr) -> bool:
    """Say whether what is yielded is written out here: text, bytes of it, a dictionary."""
    match value:
        case ast.JoinedStr() | ast.BinOp() | ast.Dict():
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "format")):
            return is_data(inner) or isinstance(inner, (ast.Call, ast.Constant))
        case ast.Call(func=ast.Attribute(attr="dumps")):
            return True
        case _:
            return False
