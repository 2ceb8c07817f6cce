"""CKF307."""

import ast

from ..rule import Rule

_RESPONSES = frozenset({
    "fastapi.responses.StreamingResponse", "starlette.responses.StreamingResponse",
    "fastapi.StreamingResponse", "django.http.StreamingHttpResponse",
})  # fmt: skip
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
        if self.module.names.resolve(node.func) not in _RESPONSES:
            return
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        media = keywords.get("media_type") or keywords.get("content_type")
        if None in keywords or not self._says_events(media):
            return
        headers = keywords.get("headers")
        text = "" if headers is None else self._text(headers)
        if text is None:
            return
        # They may be set on the response as well, one by one or all at once.
        function = self.module.function_of(node)
        text += self.module.code(function).lower() if function is not None else ""
        missing = [name for name in _WANTED if name not in text]
        if missing:
            every = len(missing) == len(_WANTED)
            shown = "all three headers" if every else " and ".join(missing)
            self.report(headers or node, missing=shown)

    def _says_events(self, media: ast.expr | None) -> bool:
        return isinstance(media, ast.Constant) and str(media.value).startswith("text/event-stream")

    def _text(self, headers: ast.expr) -> str | None:
        """Return the names of the headers in lower case, None when they cannot be seen."""
        if isinstance(headers, ast.Name):
            values = [
                node.value
                for node in self.module.nodes(ast.Assign, ast.AnnAssign)
                if headers.id in _targets(node) and node.value is not None
            ]
            return self._text(values[0]) if len(values) == 1 else None
        if not isinstance(headers, ast.Dict) or None in headers.keys:
            return None
        return " ".join(str(k.value).lower() for k in headers.keys if isinstance(k, ast.Constant))


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
