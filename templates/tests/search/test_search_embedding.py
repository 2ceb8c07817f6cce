"""Texts become vectors: by words on this machine, or by a service that is asked over HTTP."""

import asyncio
import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from app.search.errors import SearchUnavailableError
from app.search.lexical import LexicalEmbedder
from app.search.openai_embedder import OpenAIEmbedder

Answer = Callable[[int, list[str]], tuple[int, object]]


@contextmanager
def service(answer: Answer) -> Generator[tuple[str, list[list[str]]], None, None]:
    """Serve embeddings over HTTP; yield the URL, and the texts of each request so far.

    `answer` gets the number of the request and its texts, and returns status and JSON.
    """
    requests: list[list[str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            requests.append(body["input"])
            status, found = answer(len(requests), body["input"])
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vectors(texts: Sequence[str]) -> object:
    """Return the service's answer: a vector for each text, in an order of its own."""
    data = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0]}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "data": data[::-1], "model": "m", "usage": usage}


def embedded(url: str, texts: Sequence[str]) -> list[list[float]]:
    """Return the vectors that the real client gets from the service."""

    async def run() -> list[list[float]]:
        embedder = OpenAIEmbedder("m", "key", url)
        try:
            return await embedder.embed(texts)
        finally:
            await embedder.aclose()

    return asyncio.run(run())


def test_many_texts_are_sent_in_batches_and_come_back_in_order() -> None:
    """One request for each text would take minutes, one for all is refused."""
    texts = ["x" * length for length in range(1, 301)]
    with service(lambda number, batch: (200, vectors(batch))) as (url, requests):
        found = embedded(url, texts)
    assert [vector[0] for vector in found] == [float(len(text)) for text in texts]
    assert [len(batch) for batch in requests] == [128, 128, 44]


def test_a_busy_service_is_asked_again() -> None:
    """A 429 and a 503 pass by; the client repeats the request."""
    statuses = {1: 429, 2: 503}
    with service(lambda number, batch: (statuses.get(number, 200), vectors(batch))) as (url, sent):
        assert embedded(url, ["a"]) == [[1.0, 1.0]]
    assert len(sent) == 3


def test_a_refusal_is_one_line() -> None:
    """A wrong key is not asked with again, and says what is wrong."""
    error = {"error": {"message": "Incorrect API key", "type": "invalid_request_error"}}
    with service(lambda number, batch: (401, error)) as (url, requests):
        with pytest.raises(SearchUnavailableError, match=r"m gave no embeddings: .*API key"):
            embedded(url, ["a"])
        assert len(requests) == 1


def similarity(one: str, other: str) -> float:
    """Return the cosine of two texts' lexical vectors, whose length is 1."""
    first, second = asyncio.run(LexicalEmbedder().embed([one, other]))
    return sum(a * b for a, b in zip(first, second, strict=True))


def test_the_lexical_embedder_compares_words() -> None:
    """Same words are close, words of one stem less so, a synonym is as far as anything else."""
    assert similarity("while loops", "While LOOPS!") == pytest.approx(1.0)
    assert similarity("looping", "loops") > 3 * similarity("looping", "iteration")
    assert similarity("a loop", "the loop") == pytest.approx(1.0)


def test_the_lexical_embedder_is_the_same_everywhere() -> None:
    """Another process, machine or day gives the same vector, so that old points stay findable."""
    (vector,) = asyncio.run(LexicalEmbedder().embed(["loop"]))
    places = {index: round(value, 3) for index, value in enumerate(vector) if value}
    assert places == {247: 0.257, 338: 0.257, 388: 0.257, 494: 0.857, 859: 0.257}
