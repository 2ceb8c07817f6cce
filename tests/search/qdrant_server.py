"""Qdrant's REST API in front of its own local engine: a server, as the client sees one.

There is no server to install here. What comes over HTTP is read into the models of Qdrant's
published API and carried out by the engine that the client's embedded mode has; what it cannot
show is how a real server plans its queries.
"""

import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from pydantic import BaseModel
from qdrant_client import QdrantClient, models

KEY = "the-key"
JSON = dict[str, Any]


@dataclass
class Server:
    """Keep collections in memory; note which fields were indexed."""

    url: str = ""
    indexed: dict[str, str] = field(default_factory=dict[str, str])
    # When set, every request is refused with this status.
    refusing: int | None = None
    _engine: QdrantClient = field(default_factory=lambda: QdrantClient(location=":memory:"))
    _lock: Lock = field(default_factory=Lock)

    def answer(self, method: str, path: str, body: JSON) -> Any:
        """Carry out one request and return its result."""
        found = re.fullmatch(r"/collections/([^/?]+)(/[a-z/]+)?(\?.*)?", path)
        assert found, path
        carry_out: dict[tuple[str, str], Callable[[str, JSON], Any]] = {
            ("GET", "/exists"): self._exists,
            ("GET", ""): lambda name, _: self._engine.get_collection(name),
            ("PUT", ""): self._create,
            ("DELETE", ""): lambda name, _: self._engine.delete_collection(name),
            ("PUT", "/index"): self._index,
            ("PUT", "/points"): self._upsert,
            ("POST", "/points/delete"): self._delete,
            ("POST", "/points/scroll"): self._scroll,
            ("POST", "/points/query/batch"): self._query,
        }
        with self._lock:
            return carry_out[method, found[2] or ""](found[1], body)

    def _exists(self, name: str, body: JSON) -> Any:
        return {"exists": self._engine.collection_exists(name)}

    def _create(self, name: str, body: JSON) -> Any:
        asked = models.CreateCollection.model_validate(body)
        assert isinstance(asked.vectors, models.VectorParams)
        return self._engine.create_collection(
            name, vectors_config=asked.vectors, metadata=asked.metadata
        )

    def _index(self, name: str, body: JSON) -> Any:
        asked = models.CreateFieldIndex.model_validate(body)
        self.indexed[asked.field_name] = str(asked.field_schema)
        return {"operation_id": 1, "status": "completed"}

    def _upsert(self, name: str, body: JSON) -> Any:
        return self._engine.upsert(name, models.PointsList.model_validate(body).points)

    def _delete(self, name: str, body: JSON) -> Any:
        return self._engine.delete(name, models.FilterSelector.model_validate(body))

    def _scroll(self, name: str, body: JSON) -> Any:
        asked = models.ScrollRequest.model_validate(body)
        points, after = self._engine.scroll(
            name, asked.filter, asked.limit or 10, offset=asked.offset, with_payload=True
        )
        return {"points": [_plain(point) for point in points], "next_page_offset": after}

    def _query(self, name: str, body: JSON) -> Any:
        asked = models.QueryRequestBatch.model_validate(body).searches
        return [_plain(found) for found in self._engine.query_batch_points(name, asked)]


def _plain(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


@contextmanager
def qdrant() -> Generator[Server]:
    """Run a server until the block ends; it lets in whoever has the key."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _carry_out(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = json.loads(self.rfile.read(length) or b"{}")
            status = server.refusing or (200 if self.headers.get("api-key") == KEY else 401)
            answer: JSON = {"status": {"error": f"refused with {status}"}}
            if status == 200:
                result = server.answer(self.command, self.path, body)
                answer = {"result": _plain(result), "status": "ok", "time": 0.0}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = _carry_out  # noqa: N815  http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
