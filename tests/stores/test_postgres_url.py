"""Which URLs PostgresStore takes, and that no password gets out of them."""

import asyncio
import logging
import traceback
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from pydantic import SecretStr

from ..servers.processes import free_port
from ..servers.urls import url
from ..staged import store_module
from .postgres import ALICE, Scene, errors, on_server, postgres

SECRET = "hunter2"  # noqa: S105 - what must not turn up in errors
login = store_module("postgres_url").login


def arguments(text: str) -> dict[str, Any]:
    """Return what asyncpg is told, the default of the connect timeout left out."""
    found = login(SecretStr(text), 5.0)
    return {name: value for name, value in found.items() if (name, value) != ("timeout", 5.0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "postgres://u:p@h:5433/d",
            {"dsn": "postgresql://h:5433?", "user": "u", "password": "p", "database": "d"},
        ),
        ("postgresql+asyncpg://h/d", {"dsn": "postgresql://h?", "database": "d"}),
        ("postgresql+psycopg://h/d", {"dsn": "postgresql://h?", "database": "d"}),
        ("postgresql+psycopg2://h/d", {"dsn": "postgresql://h?", "database": "d"}),
        ("postgresql+psycopg_async://h/d", {"dsn": "postgresql://h?", "database": "d"}),
        ("postgresql://u@h", {"dsn": "postgresql://h?", "user": "u"}),
        ("postgresql://", {"dsn": "postgresql://?"}),
        (
            "postgresql://u%40x:%3A%2F%3F%23%5B%5D%40%25+%C3%A9@h/d%20e",
            {
                "dsn": "postgresql://h?",
                "user": "u@x",
                "password": ":/?#[]@%+é",
                "database": "d e",
            },
        ),
        ("postgresql://u:@h/d", {"dsn": "postgresql://h?", "user": "u", "database": "d"}),
        ("postgresql://[::1]:5433/d", {"dsn": "postgresql://[::1]:5433?", "database": "d"}),
        (
            "postgresql://a:1,[2001:db8::1]:2,c/d",
            {"dsn": "postgresql://a:1,[2001:db8::1]:2,c?", "database": "d"},
        ),
        (
            "postgresql:///d?host=/cloudsql/project:region:name",
            {"dsn": "postgresql://?host=%2Fcloudsql%2Fproject%3Aregion%3Aname", "database": "d"},
        ),
        # As Neon hands it out.
        (
            "postgresql://u@h/d?sslmode=require&channel_binding=require",
            {"dsn": "postgresql://h?sslmode=require", "user": "u", "database": "d"},
        ),
        # As Supabase and Prisma mark a transaction pooler.
        (
            "postgres://h:6543?pgbouncer=true",
            {"dsn": "postgresql://h:6543?", "statement_cache_size": 0},
        ),
        ("postgres://h?pgbouncer=false", {"dsn": "postgresql://h?"}),
        (
            "postgres://h:6543/d?pgbouncer=true&connection_limit=1&pool_timeout=20",
            {"dsn": "postgresql://h:6543?", "database": "d", "statement_cache_size": 0},
        ),
        # As Vercel hands out Supabase's.
        (
            "postgres://h:6543/d?sslmode=require&supa=base-pooler.x",
            {
                "dsn": "postgresql://h:6543?sslmode=require",
                "database": "d",
                "statement_cache_size": 0,
            },
        ),
        # As SQLAlchemy spells them.
        ("postgresql+asyncpg://h?ssl=verify-full", {"dsn": "postgresql://h?sslmode=verify-full"}),
        ("postgres://h?ssl=true", {"dsn": "postgresql://h?sslmode=require"}),
        ("postgres://h?ssl=false", {"dsn": "postgresql://h?sslmode=disable"}),
        (
            "postgresql+asyncpg://h?prepared_statement_cache_size=0",
            {"dsn": "postgresql://h?", "statement_cache_size": 0},
        ),
        (
            "postgres://h?statement_cache_size=7",
            {"dsn": "postgresql://h?", "statement_cache_size": 7},
        ),
        ("postgres://h?connect_timeout=3", {"dsn": "postgresql://h?", "timeout": 3}),
        ("postgres://h?connect_timeout=0", {"dsn": "postgresql://h?"}),
        (
            "postgres://h?options=-c%20search_path%3Dx&application_name=a+b",
            {"dsn": "postgresql://h?options=-c+search_path%3Dx&application_name=a+b"},
        ),
    ],
)
def test_a_url_is_told_to_asyncpg(text: str, expected: dict[str, Any]) -> None:
    """Translate what hosters and libraries write; the login goes apart from the rest."""
    assert arguments(text) == expected


def said(error: BaseException) -> str:
    """Return everything an exception and those behind it say, traceback included."""
    behind = [error]
    for each in behind:
        behind += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
    return "".join([*map(str, behind), *map(repr, behind), *traceback.format_exception(error)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No database URL: set DATABASE_URL"),
        ("", "No database URL: set DATABASE_URL"),
        (f"mysql://u:{SECRET}@h/d", "must be postgresql://"),
        (f"u:{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:a/{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:1?{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:1?{SECRET}=1@h/d", "must be postgresql://"),
        (f"postgresql://u:1#{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:1/{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:a@{SECRET}@h/d", "must be postgresql://"),
        (f"postgresql://u:a@{SECRET}/b@h/d", "must be postgresql://"),
        (f"postgresql://u:[{SECRET}]@h:x/d", "must be postgresql://"),
        (f"postgresql://u:{SECRET}", "must be postgresql://"),
        (f"postgresql://u:{SECRET}@h:port/d", "must be postgresql://"),
        (f"postgresql://u:{SECRET}@127.0.0.1:99999/d", "The database URL is wrong: .*0-65535"),
        (f"postgresql://u:{SECRET}@[::g]/d", "::g"),
        (f"postgresql://u:{SECRET}@h/d?colour={SECRET}", "Unknown option 'colour'"),
        (f"postgresql://u@h/d?password={SECRET}", "Unknown option 'password'"),
        (f"postgresql://u:{SECRET}@h/d?connect_timeout={SECRET}", "'connect_timeout' .* number"),
        (
            f"postgresql://u:{SECRET}@h/d?statement_cache_size=-1",
            "'statement_cache_size' .* number",
        ),
        (f"postgresql://u:{SECRET}@h/d?sslrootcert=/no/ca.pem", "'sslrootcert' .* names no file"),
        (f"postgresql://u:{SECRET}@h/d?sslmode=maybe", "`sslmode` parameter must be one of"),
        (f"postgresql://u:{SECRET}@h/d?sslnegotiation=x", "`sslnegotiation` parameter must be"),
        (f"postgresql://u:{SECRET}@h/d?target_session_attrs=x", "target_session_attrs is expected"),
        (f"postgresql://u:{SECRET}@/d?host=a,b&port=1,2,3", "could not match 3 port numbers"),
    ],
)
def test_a_wrong_url_is_one_clear_error(text: str | None, message: str) -> None:
    """Say what is wrong with a URL without quoting the password, in whichever part it ended up."""
    store: Any = postgres.PostgresStore(text)
    with pytest.raises(ValueError, match=message) as caught:
        asyncio.run(store.connect())
    assert SECRET not in said(caught.value)
    assert SECRET not in repr(store) + repr(store.__dict__)


@pytest.mark.parametrize(
    "query",
    [
        "sslmode=prefer&channel_binding=require",
        "ssl=prefer&prepared_statement_cache_size=0",
        "pgbouncer=true",
        "target_session_attrs=read-write",
        "connect_timeout=5&statement_cache_size=10",
        "options=-c%20statement_timeout%3D5000",
    ],
)
@on_server
async def test_options_work_on_a_real_server(scene: Scene, query: str) -> None:
    """Log in and work with each of the options that hosters add."""
    async with scene.opened(query) as store:
        assert (await store.load_thread("thr_1", ALICE)).id == "thr_1"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql+psycopg2"])
@on_server
async def test_schemes_work_on_a_real_server(scene: Scene, scheme: str) -> None:
    """Log in by whatever the hoster or library calls PostgreSQL."""
    address = url("postgres").replace("postgresql", scheme, 1)
    async with postgres.PostgresStore(address, table_prefix=scene.prefix) as store:
        assert (await store.load_threads(1, None, "asc", ALICE)).data == []


@on_server
async def test_the_next_host_is_tried(scene: Scene) -> None:
    """Log in to the second host when the first is down; report it when none fits."""
    here = f"127.0.0.1:{urlsplit(url('postgres')).port}"
    both = url("postgres").replace(here, f"127.0.0.1:{free_port()},{here}")
    async with postgres.PostgresStore(both, table_prefix=scene.prefix) as store:
        assert (await store.load_threads(1, None, "asc", ALICE)).data == []
    with pytest.raises(errors.StoreUnavailable, match="None of the hosts match"):
        await scene.make("target_session_attrs=read-only").connect()


@on_server
async def test_a_server_without_tls_is_refused_where_tls_is_required(scene: Scene) -> None:
    """Never fall back to a connection that others can read."""
    with pytest.raises(errors.StoreUnavailable, match="rejected SSL upgrade"):
        await scene.make("sslmode=require").connect()


@on_server
async def test_a_refused_login_gives_nothing_away(scene: Scene) -> None:
    """Report a wrong password, user or database without the password, in logs as well."""
    parts = urlsplit(url("postgres"))
    right = quote(unquote(parts.password or ""), safe="")
    wrong = [
        url("postgres").replace(right, f"{SECRET}%40%2F"),
        url("postgres").replace(f"{parts.username}:{right}", f"nobody:{SECRET}%40%2F"),
        f"{url('postgres')}_nowhere",
    ]
    logged = _Records()
    logging.getLogger().addHandler(logged)
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    try:
        for address in wrong:
            store: Any = postgres.PostgresStore(address, table_prefix=scene.prefix)
            with pytest.raises(errors.StoreUnavailable, match="PostgreSQL failed: ") as caught:
                await store.connect()
            text = said(caught.value) + repr(store) + repr(store.__dict__) + "".join(logged.lines)
            for secret in (SECRET, right, unquote(right)):
                assert secret not in text
    finally:
        logging.getLogger().removeHandler(logged)
        logging.getLogger("asyncio").setLevel(logging.NOTSET)


class _Records(logging.Handler):
    """Keep whatever is logged, as text."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.lines.append(self.format(record))
