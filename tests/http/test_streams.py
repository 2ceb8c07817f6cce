"""Answers whose reader leaves, whose server is stopped, or whose store goes away."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests import loopback
from tests.provider.script import Hold, Say
from tests.provider.stand_in import StandIn
from tests.servers.processes import free_port
from tests.servers.urls import url

from .application import PATIENCE, PREFIX, Application, database, generated, serving, until
from .conftest import provider_settings
from .gate import gate
from .protocol import Event, begin, call, items, message, of, stream, streaming, texts

CREATE = {"input": message("Tell me a story")}
RUN = ["app"]


def read_until(found: Iterator[Event], word: str) -> str:
    """Read the stream until the word has come, and return the thread's id."""
    thread_id = ""
    for event in found:
        thread_id = event["thread"]["id"] if event["type"] == "thread.created" else thread_id
        if word in str(event.get("update", {}).get("delta", "")):
            return thread_id
    raise AssertionError(f"{word} never came")


def told(client: httpx.Client, thread_id: str) -> list[str]:
    """Return the texts of the assistant's messages in a thread."""
    found = items(client, thread_id)
    return texts([item for item in found if item["type"] == "assistant_message"])


def test_a_reader_who_leaves_finds_what_was_written(
    on_each: Application, provider: StandIn
) -> None:
    """The connection is closed in the middle of an answer: what was written is in the thread."""
    hold = Hold()
    with on_each.client() as client:
        begin(client)  # Now it has a cookie: who leaves early might never get one.
        provider.will(Say("Once upon ", hold, "a time"))
        with streaming(client, "threads.create", CREATE) as found:
            thread_id = read_until(found, "upon")
        until(lambda: told(client, thread_id))
        hold.release()
        assert told(client, thread_id)[0].strip() == "Once upon"
        follow = {"thread_id": thread_id, "input": message("Go on")}
        with streaming(client, "threads.add_user_message", follow) as found:
            assert of(list(found), "thread.item.done")
        assert len(told(client, thread_id)) == 2


def test_a_reader_who_leaves_a_newer_server_does_so_too(provider: StandIn) -> None:
    """Servers with ASGI 2.4 tell by an OSError that nobody reads; the text is stored as well."""
    folder = generated("sqlite")
    settings = database("sqlite") | provider_settings(provider)
    port = str(free_port())
    command = ["uvicorn", "newer:app", "--port", port]
    settings["APP_PORT"] = port
    first, second = Hold(), Hold()
    with serving(folder, settings, command) as application, application.client() as client:
        begin(client)
        provider.will(Say("Once upon ", first, "a time ", second, "there was"))
        with streaming(client, "threads.create", CREATE) as found:
            thread_id = read_until(found, "upon")
        until(lambda: "the reader is gone" in application.log)
        first.release()
        until(lambda: told(client, thread_id))
        second.release()
        assert told(client, thread_id)[0].startswith("Once upon")
        assert "there was" not in told(client, thread_id)[0]
        # The response does not end before what it streamed has.
        assert "left behind: 0" in application.log
        assert "left behind: 1" not in application.log
        assert "Traceback" not in application.log


def test_a_stream_ends_before_the_server_does(provider: StandIn) -> None:
    """SIGTERM in the middle of an answer: it is written to its end, and then the process ends."""
    hold = Hold()
    settings = database("sqlite") | provider_settings(provider)
    with serving(generated("sqlite"), settings, RUN) as application, application.client() as client:
        provider.will(Say("Once upon ", hold, "a time"))
        with streaming(client, "threads.create", CREATE) as found:
            read_until(found, "upon")
            application.process.send_signal(signal.SIGTERM)
            until(lambda: "Shutting down" in application.log)
            hold.release()
            rest = list(found)
        assert of(rest, "thread.item.done")[-1]["item"]["content"][0]["text"] == "Once upon a time"
        application.process.wait(PATIENCE)
        assert "Traceback" not in application.log


@pytest.mark.parametrize("run", [RUN, ["uvicorn", "app.main:app"]], ids=["app", "uvicorn"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_an_answer_that_is_cut_short_says_so_and_is_kept(
    provider: StandIn, run: list[str], how: signal.Signals
) -> None:
    """The grace is over in mid-answer: an error ends it; the text is there at the next start."""
    hold = Hold()
    settings = database("sqlite") | provider_settings(provider)
    settings |= {"SHUTDOWN_GRACE": "0.3", "APP_PORT": str(free_port())}
    folder = generated("sqlite")
    port = ["--port", settings["APP_PORT"]] if run != RUN else []
    with loopback.Client(timeout=PATIENCE) as client:
        with serving(folder, settings, [*run, *port]) as application:
            client.base_url = application.url
            begin(client)
            provider.will(Say("Once upon ", hold, "a time"))
            with streaming(client, "threads.create", CREATE) as found:
                thread_id = read_until(found, "upon")
                application.process.send_signal(how)
                # A body that has no end would raise here.
                *_, last = found
            assert (last["type"], last["allow_retry"]) == ("error", True)
            assert "restarted" in last["message"]
            application.process.wait(PATIENCE)
            assert "Traceback" not in application.log
            assert "Cancel" not in application.log
        hold.release()
        with serving(folder, settings, RUN) as application:
            # The same address but another port; cookies do not look at ports.
            client.base_url = application.url
            assert told(client, thread_id)[0].strip() == "Once upon"


def test_without_its_store_the_application_says_so(provider: StandIn) -> None:
    """A store that is down: alive, not ready, and 503 as JSON to whoever asks."""
    nobody = f"postgresql://user:hunter2@127.0.0.1:{free_port()}/db"
    settings = {"DATABASE_URL": nobody} | provider_settings(provider)
    with serving(generated("postgres"), settings) as application, application.client() as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["store"]) == (503, "down")
        for type_, params in (("threads.list", {}), ("threads.create", CREATE)):
            response = client.post("/chatkit", json={"type": type_, "params": params})
            assert response.status_code == 503, response.text
            assert response.json()["error"]["code"] == "store_unavailable"
            assert int(response.headers["retry-after"]) > 0
        assert "hunter2" not in application.log


@pytest.mark.server
def test_a_store_that_goes_away_ends_the_stream_with_an_error(provider: StandIn) -> None:
    """The store goes down in mid-stream: an error event ends the stream; later all works."""
    with gate(url("postgres")) as way:
        settings = {"DATABASE_URL": way.url, "TABLE_PREFIX": PREFIX} | provider_settings(provider)
        hold = Hold()
        running = serving(generated("postgres"), settings)
        with running as application, application.client() as client:
            begin(client)
            provider.will(Say("Once upon ", hold, "a time"))
            with streaming(client, "threads.create", CREATE) as found:
                read_until(found, "upon")
                way.shut()
                hold.release()
                (error,) = of(list(found), "error")
            assert error["allow_retry"]
            assert client.get("/readyz").status_code == 503
            way.open()
            until(lambda: client.get("/readyz").status_code == 200)
            assert call(client, "threads.list", {})["data"]


def test_what_breaks_behind_the_first_event_is_an_event(provider: StandIn) -> None:
    """The thread has begun when its message is not stored: an error event, and a whole body."""
    settings = database("sqlite") | provider_settings(provider)
    file = settings["DATABASE_URL"].removeprefix("sqlite:///")
    full = "CREATE TRIGGER f BEFORE INSERT ON chatkit_items BEGIN SELECT RAISE(ABORT, 'full'); END"
    with serving(generated("sqlite"), settings) as application, application.client() as client:
        begin(client)
        with closing(sqlite3.connect(file)) as database_file:
            database_file.execute(full)
        created, error = stream(client, "threads.create", CREATE)
    assert created["type"] == "thread.created"
    assert error["type"] == "error"
    assert error["message"]


def test_streams_do_not_wait_for_each_other(application: Application, provider: StandIn) -> None:
    """One visitor's answer hangs; another visitor is answered meanwhile."""
    hold = Hold()
    provider.will(Say("Once upon ", hold, "a time"))
    with (
        application.client() as slow,
        application.client() as quick,
        streaming(slow, "threads.create", CREATE) as found,
    ):
        read_until(found, "upon")
        begin(quick)
        hold.release()
        assert of(list(found), "thread.item.done")
