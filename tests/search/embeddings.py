"""A stand-in for an embedding service, which can stop at a request until the test lets go."""

import json
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread


@dataclass
class Service:
    """Embed whatever is asked; `hold_at` is the number of the request to stop at, from 1."""

    url: str = ""
    hold_at: int | None = None
    requests: int = 0
    reached: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings by which an application embeds here."""
        return {
            "EMBEDDING_MODEL": "stand-in",
            "OPENAI_API_KEY": "sk-stand-in",
            "OPENAI_BASE_URL": self.url,
        }

    def embed(self, texts: list[str]) -> dict[str, object]:
        """Return a vector for each text, always the same for the same text."""
        with self._lock:
            self.requests += 1
            held = self.requests == self.hold_at
        if held:
            self.reached.set()
            self.released.wait()
        data = [
            {"object": "embedding", "index": index, "embedding": _vector(text)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "data": data, "model": "stand-in", "usage": usage}


@contextmanager
def embedding() -> Generator[Service]:
    """Run a service until the block ends."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = json.dumps(service.embed(body["input"])).encode()
            try:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except ConnectionError:
                self.close_connection = True  # who asked was killed meanwhile

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _vector(text: str) -> list[float]:
    return [float(zlib.crc32(text.encode()) >> shift & 0xFF) + 1 for shift in (0, 8, 16, 24)]
