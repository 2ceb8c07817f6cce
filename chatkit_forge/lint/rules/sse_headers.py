"""CKF307."""

import ast

from ..module import Module, within
from ..rule import Rule
from ..values import called, follow

_RESPONSES = frozenset({
    "fastapi.responses.StreamingResponse", "starlette.responses.StreamingResponse",
    "fastapi.StreamingResponse", "django.http.StreamingHttpResponse",
})  # fmt: skip
_ENDS = ("Response", "Stream")
# These bring the headers along.
_COMPLETE = frozenset({"EventSourceResponse", "ServerSentEvent"})
_EVENTS = "text/event-stream"
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

    def visit_Call(self, node: ast.Call) -> None:
        """Look at a streaming response."""
        name = self.module.names.resolve(node.func)
        if name is None:
            return
        last = name.rpartition(".")[2]
        own = self.project.find_class(name, self.module) if last[:1].isupper() else None
        if last in _COMPLETE or (own is None and not last.endswith(_ENDS)):
            return
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if None in keywords:
            return
        texts = ""
        if own is not None:
            if not own.foreign & _RESPONSES:
                return
            texts = " ".join(_strings(each.node) for each in own.lineage)
        media = [keywords[k] for k in ("media_type", "content_type", "mimetype") if k in keywords]
        if not any(self._says_events(each) for each in media) and not (
            own is not None and not media and _EVENTS in texts
        ):
            return
        headers = keywords.get("headers")
        text = "" if headers is None else self._text(headers)
        if text is None:
            return
        text += texts + self._around(node) + self._everywhere()
        missing = [name for name in _WANTED if name not in text]
        if missing:
            every = len(missing) == len(_WANTED)
            shown = "all three headers" if every else " and ".join(missing)
            self.report(headers or node, missing=shown)

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
