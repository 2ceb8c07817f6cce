"""CKF307."""

import ast

from ..classes import Class
from ..module import Module, within
from ..named_uses import calls, method_calls
from ..rule import Rule
from ..store_calls import argument
from ..values import called, class_around, follow

_RESPONSES = frozenset({
    "fastapi.responses.StreamingResponse", "starlette.responses.StreamingResponse",
    "fastapi.StreamingResponse", "django.http.StreamingHttpResponse",
})  # fmt: skip
_ENDS = ("Response", "Stream")
# These bring the headers along.
_COMPLETE = frozenset({"EventSourceResponse", "ServerSentEvent"})
_EVENTS = "text/event-stream"
_MEDIA = ("media_type", "content_type", "mimetype")
_WANTED = ("cache-control", "connection", "x-accel-buffering")


class SseHeaders(Rule):
    """Find event streams without the three headers that keep proxies from holding them back.

    A proxy that buffers shows the user nothing until the answer is complete, and one that caches
    may show it to somebody else.

    Bad:
        from chatkit.server import StreamingResult
        from fastapi.responses import StreamingResponse


        def answer(result: StreamingResult) -> StreamingResponse:
            return StreamingResponse(result, media_type="text/event-stream")

    Good:
        from chatkit.server import StreamingResult
        from fastapi.responses import StreamingResponse

        HEADERS = {
            "Cache-Control": "no-cache",
            "Connection": "keep-alive",
            "X-Accel-Buffering": "no",
        }


        def answer(result: StreamingResult) -> StreamingResponse:
            return StreamingResponse(result, media_type="text/event-stream", headers=HEADERS)

    Source: nginx's X-Accel-Buffering; the HTML standard on server-sent events.
    """

    code = "CKF307"
    name = "sse-headers"
    severity = "warning"
    message = "this event stream lacks {missing}"
    hint = "send Cache-Control: no-cache, Connection: keep-alive and X-Accel-Buffering: no"

    def visit_module(self) -> None:
        """Look at streaming responses, and at how classes of the project's make themselves one."""
        for node, _ in method_calls(self.module, ("__init__",)):
            owner = class_around(self.project, self.module, node) if _is_super(node) else None
            if owner is not None and owner.foreign & _RESPONSES:
                self._look(node, self._said_in(owner))
        for name, nodes in calls(self.module).items():
            last = name.rpartition(".")[2]
            own = self.project.find_class(name, self.module) if last[:1].isupper() else None
            if last in _COMPLETE or (own is None and not last.endswith(_ENDS)):
                continue
            if own is None:
                for node in nodes:
                    self._look(node, "")
            elif own.foreign & _RESPONSES:
                for node in nodes:
                    self._made(node, own)

    def _made(self, node: ast.Call, own: Class) -> None:
        """Look at a response of a class of the project's."""
        texts = self._said_in(own)
        media = {keyword.arg for keyword in node.keywords} & set(_MEDIA)
        begun = own.method("__init__")
        # Told where the class calls its base.
        told = begun is not None and any(_is_super(each) for each in within(begun[0], ast.Call))
        if media or (_EVENTS in texts and not told):
            self._look(node, texts, events=_EVENTS in texts)

    def _said_in(self, owner: Class) -> str:
        """Return what a class of the project's says of headers, in its own words or by a name."""
        text = ""
        for each in owner.lineage:
            text += _strings(each.node)
            for node in within(each.node, ast.Name):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    text += " " + (self._named(each.module, node) or "")
        return text

    def _named(self, module: Module, node: ast.Name) -> str | None:
        place, value = follow(self.project, module, node)
        return self._names(place, value) if isinstance(value, ast.Dict) else None

    def _look(self, node: ast.Call, texts: str, *, events: bool = False) -> None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if None in keywords:
            return
        place = dict(zip(("", "status_code", "headers", "media_type"), node.args, strict=False))
        headers = keywords.get("headers", place.get("headers"))
        if isinstance(headers, ast.Constant):
            headers = None
        media = [keywords[k] for k in _MEDIA if k in keywords]
        media += [place["media_type"]] if "media_type" in place else []
        said = self._text(headers) if headers is not None else ""
        typed = headers is not None and self._is_typed(headers)
        if not (events or typed or any(self._says_events(each) for each in media)):
            return
        if said is None:
            self._asked(node, headers)
            return
        self._missing(headers or node, said + texts + self._around(node) + self._everywhere())

    def _missing(self, node: ast.AST, text: str) -> None:
        missing = [name for name in _WANTED if name not in text]
        if missing:
            every = len(missing) == len(_WANTED)
            shown = "all three headers" if every else " and ".join(missing)
            self.report(node, missing=shown)

    def _is_typed(self, headers: ast.expr) -> bool:
        """Say whether the headers name the type of an event stream."""
        _, value = follow(self.project, self.module, headers)
        values = value.values if isinstance(value, ast.Dict) else []
        return any(isinstance(v, ast.Constant) and v.value == _EVENTS for v in values)

    def _asked(self, node: ast.Call, headers: ast.expr | None) -> None:
        """Look at what the callers of a helper give it as headers."""
        function = self.module.function_of(node)
        if function is None or not isinstance(headers, ast.Name):
            return
        names = [a.arg for a in function.args.args]
        if headers.id not in names:
            return
        position = names.index(headers.id) - (1 if names[0] in {"self", "cls"} else 0)
        for call in self.module.nodes(ast.Call):
            found = called(self.project, self.module, call)
            if found is None or found[0] is not function:
                continue
            given = argument(call, position, headers.id)
            text = self._text(given) if given is not None else None
            if given is not None and text is not None:
                self._missing(given, text + self._around(node) + self._everywhere())

    def _says_events(self, media: ast.expr) -> bool:
        _, value = follow(self.project, self.module, media)
        return isinstance(value, ast.Constant) and str(value.value).startswith(_EVENTS)

    def _around(self, node: ast.Call) -> str:
        """Return what is said around a response: headers are set one by one, or by a helper."""
        function = self.module.function_of(node)
        if function is None:
            return ""
        text = _strings(function)
        for inner in within(function):
            if isinstance(inner, ast.Call) and inner is not node:
                found = called(self.project, self.module, inner)
                text += _strings(found[0]) if found is not None else ""
                # headers.update(MORE)
                if isinstance(inner.func, ast.Attribute) and inner.func.attr == "update":
                    given = [self._text(each) for each in inner.args]
                    text += " ".join(each or "" for each in given)
            if isinstance(inner, (ast.Name, ast.Attribute)):
                word = inner.id if isinstance(inner, ast.Name) else inner.attr
                if word in {"never_cache", "add_never_cache_headers", "patch_cache_control"}:
                    text += " cache-control"
            match inner:
                case ast.For(iter=ast.Call(func=ast.Attribute(value=held, attr="items"))):
                    text += self._text(held) or ""
                case _:
                    continue
        return text

    def _everywhere(self) -> str:
        """Return what middleware of this module gives every response."""
        text = ""
        for function in self.module.nodes(ast.AsyncFunctionDef, ast.FunctionDef):
            names = {argument.arg for argument in function.args.args}
            if names & {"call_next", "get_response"} or function.name == "__call__":
                text += _strings(function)
        return text

    def _text(self, headers: ast.expr) -> str | None:
        """Return the names of the headers in lower case, None when they cannot be seen."""
        return self._names(*follow(self.project, self.module, headers))

    def _names(self, module: Module, value: ast.expr, depth: int = 4) -> str | None:
        match value:
            case ast.Dict(keys=keys, values=values):
                found: list[str] = []
                for key, each in zip(keys, values, strict=True):
                    inner = (
                        self._names(*follow(self.project, module, each), depth - 1)
                        if key is None and depth
                        else ""
                    )
                    if inner is None:
                        return None
                    found.append(inner)
                    if isinstance(key, ast.Constant):
                        found.append(str(key.value).lower())
                    elif key is not None:
                        return None
                return " ".join(found)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right) if depth:
                sides = [
                    self._names(*follow(self.project, module, side), depth - 1)
                    for side in (left, right)
                ]
                return None if None in sides else " ".join(side or "" for side in sides)
            case ast.Call(func=ast.Name(id="dict"), args=args, keywords=keywords) if depth:
                parts = [
                    self._names(*follow(self.project, module, each), depth - 1)
                    for each in (*args, *(k.value for k in keywords if k.arg is None))
                ]
                written = [k.arg.lower().replace("_", "-") for k in keywords if k.arg]
                return None if None in parts else " ".join([*written, *map(str, parts)])
            case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]) if depth:
                return self._names(*follow(self.project, module, inner), depth - 1)
            case ast.Call() if (made := called(self.project, module, value)) is not None:
                return _strings(made[0])
            case _:
                return None


def _strings(node: ast.AST) -> str:
    """Return what strings a node holds, in lower case, without what documents it."""
    return " ".join(
        inner.value.lower()
        for inner in within(node)
        if isinstance(inner, ast.Constant)
        and isinstance(inner.value, str)
        and len(inner.value) < 60
    )


def _is_super(node: ast.AST) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")
        ):
            return True
        case _:
            return False
