"""How often one user may ask: counted for each, in one process or in several."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import loopback
from tests.provider.stand_in import StandIn
from tests.servers.processes import free_port
from tests.servers.urls import url

from .application import Application, database, generated, refused_to_start, serving
from .conftest import provider_settings
from .protocol import ask, begin, body, call, items, message

CREATE = {"input": message("Hello")}


@contextmanager
def limited(provider: StandIn, **settings: str) -> Generator[Application]:
    """Run an application with these limits."""
    some = database("sqlite") | provider_settings(provider) | settings
    with serving(generated("sqlite"), some) as application:
        yield application


def statuses(client: httpx.Client, count: int) -> list[int]:
    """Begin so many threads and return what was answered."""
    return [ask(client, "threads.create", CREATE).status_code for _ in range(count)]


def test_each_user_has_a_limit(provider: StandIn) -> None:
    """Beyond it: 429 as JSON with how long to wait; others and cheaper requests go on."""
    running = limited(provider, RATE_LIMIT="2/minute")
    with running as application, application.client() as alice, application.client() as bob:
        for visitor in (alice, bob):
            call(visitor, "threads.list", {})
            assert statuses(visitor, 2) == [200, 200]
        refused = ask(alice, "threads.create", CREATE)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/json"
        assert refused.json()["error"]["code"] == "rate_limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert alice.post("/assistant/chatkit", json={"query": "x"}).status_code == 429
        assert len(call(alice, "threads.list", {})["data"]) == 2


def test_reading_has_a_limit_of_its_own(provider: StandIn) -> None:
    """Requests that set no model to work are counted apart."""
    running = limited(provider, RATE_LIMIT="3/minute", READ_RATE_LIMIT="3/minute")
    with running as application, application.client() as client:
        thread_id = begin(client)
        assert len(items(client, thread_id)) == 2
        found = [ask(client, "threads.list", {}).status_code for _ in range(3)]
        assert found == [200, 200, 429]
        assert statuses(client, 1) == [200]


def test_leaving_out_the_cookie_does_not_leave_out_the_limit(provider: StandIn) -> None:
    """Who is a stranger each time is counted by address."""
    with limited(provider, RATE_LIMIT="2/minute") as application:
        found: list[int] = []
        for _ in range(3):
            with application.client() as client:
                found += statuses(client, 1)
        assert found == [200, 200, 429]


def come(application: Application, **headers: str) -> httpx.Response:
    """Ask without a cookie."""
    url = f"{application.url}/chatkit"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return loopback.post(url, json=body("threads.list", {}), headers=sent)


def test_collecting_cookies_does_not_stretch_the_limit(provider: StandIn) -> None:
    """An address brings so many new visitors; whoever is known goes on, as often as before."""
    with limited(provider, ADDRESS_RATE_LIMIT="2/minute") as application:
        with application.client() as known:
            assert statuses(known, 1) == [200]
            assert come(application).status_code == 200
            refused = come(application)
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "rate_limited"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert "set-cookie" not in refused.headers
            assert come(application, cookie="visitor=forged").status_code == 429
            assert statuses(known, 3) == [200, 200, 200]
        assert loopback.get(f"{application.url}/").status_code == 200


def test_a_request_that_is_refused_brings_no_cookie_for_nothing(provider: StandIn) -> None:
    """What is wrong with a request is found behind the cookie: it counts all the same."""
    with limited(provider, ADDRESS_RATE_LIMIT="2/minute") as application:
        found = [loopback.post(f"{application.url}/chatkit", content="no JSON") for _ in range(3)]
        assert [each.status_code for each in found] == [415, 415, 429]
        assert ["set-cookie" in each.headers for each in found] == [True, True, False]


def test_a_proxy_says_whose_address_it_is(provider: StandIn) -> None:
    """Behind a proxy that is named each visitor has an address; of IPv6 a whole network counts."""
    with limited(provider, ADDRESS_RATE_LIMIT="1/minute") as application:
        for address, status in (
            ("192.0.2.1", 200),
            ("192.0.2.2", 200),
            ("192.0.2.1", 429),
            # Only the proxy's own word counts, which comes last.
            ("203.0.113.9, 192.0.2.2", 429),
            ("::ffff:192.0.2.2", 429),
            ("::ffff:192.0.2.3", 200),
            ("2001:db8:0:1::1", 200),
            ("2001:db8:0:1:ffff::2", 429),
            ("2001:db8:0:2::1", 200),
            ("unknown", 200),
            ("unknown", 429),
        ):
            assert come(application, x_forwarded_for=address).status_code == status, address


def test_who_is_no_proxy_cannot_make_up_an_address(tmp_path: Path) -> None:
    """From anybody but the proxies of the setting the header is nothing."""
    shutil.copytree(generated("sqlite"), tmp_path, dirs_exist_ok=True)
    # Uvicorn itself would look for it in the environment only.
    (tmp_path / ".env").write_text("FORWARDED_ALLOW_IPS=192.0.2.250\n", encoding="utf-8")
    settings = database("sqlite") | {"ADDRESS_RATE_LIMIT": "1/minute"}
    with serving(tmp_path, settings, ["app"]) as application:
        assert come(application, x_forwarded_for="192.0.2.1").status_code == 200
        assert come(application, x_forwarded_for="192.0.2.2").status_code == 429


@pytest.mark.server
@pytest.mark.needs("redis")
def test_processes_count_together_in_redis(provider: StandIn) -> None:
    """Two processes with one Redis have one count for each user."""
    shared = {
        "RATE_LIMIT": "3/minute",
        "RATE_LIMIT_STORAGE": f"async+{url('redis')}",
        "SESSION_SECRET": "s" * 32,
    }
    with limited(provider, **shared) as one, limited(provider, **shared) as two:
        with one.client() as client:
            call(client, "threads.list", {})
            assert statuses(client, 2) == [200, 200]
            with two.client() as elsewhere:
                elsewhere.cookies.update(client.cookies)
                assert statuses(elsewhere, 2) == [200, 429]
            assert statuses(client, 1) == [429]
        assert "password" not in one.log


@pytest.mark.parametrize("scheme", ["redis", "async+redis"])
def test_without_its_redis_the_assistant_still_answers(provider: StandIn, scheme: str) -> None:
    """The limit guards costs, not data: when nobody counts, the log says so."""
    nobody = f"{scheme}://:hunter2@127.0.0.1:{free_port()}/0"
    with limited(provider, RATE_LIMIT="1/minute", RATE_LIMIT_STORAGE=nobody) as application:
        with application.client() as client:
            assert statuses(client, 2) == [200, 200]
        assert "not counted" in application.log
        assert "hunter2" not in application.log


def test_a_storage_may_be_named_as_everywhere_else(provider: StandIn) -> None:
    """What `limits` has a blocking form of, too, means the other one here."""
    memory = {"RATE_LIMIT": "1/minute", "RATE_LIMIT_STORAGE": "memory://"}
    with limited(provider, **memory) as application, application.client() as client:
        call(client, "threads.list", {})
        assert statuses(client, 2) == [200, 429]


@pytest.mark.parametrize(
    "settings",
    [
        {"RATE_LIMIT": "often"},
        {"READ_RATE_LIMIT": " "},
        {"ADDRESS_RATE_LIMIT": "300 an hour or so"},
        {"RATE_LIMIT_STORAGE": "carrier-pigeon://:hunter2@loft"},
        {"RATE_LIMIT_STORAGE": "async+carrier-pigeon://:hunter2@loft"},
        {"RATE_LIMIT_STORAGE": "hunter2"},
        {"RATE_LIMIT_STORAGE": "memcached://:hunter2@loft"},
        {"RATE_LIMIT_STORAGE": "redis://:hunter2@loft:port"},
    ],
)
def test_limits_that_cannot_be_counted_are_said_at_the_start(settings: dict[str, str]) -> None:
    """One clear line, with the setting's name and without a password."""
    line = refused_to_start(generated("sqlite"), database("sqlite") | settings)
    (name,) = settings
    assert name in line
    assert "hunter2" not in line
