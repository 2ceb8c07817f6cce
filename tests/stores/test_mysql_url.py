"""Which MySQL URLs the store takes, and what it says about the others: never their secrets."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ..staged import store_module

store_module("mysql")
mysql_url = store_module("mysql_url")
SECRET = "s3cr3t"  # noqa: S105 (nobody's)


def login(url: str) -> Any:
    return mysql_url.login(SecretStr(url))


@pytest.mark.parametrize(
    "scheme",
    [
        *("mysql", "mariadb", "mysql+aiomysql", "mysql+asyncmy", "mysql+pymysql"),
        *("mariadb+asyncmy", "mysql+mysqlconnector"),
    ],
)
def test_schemes(scheme: str) -> None:
    """Take the scheme of every driver: the store brings its own."""
    place = login(f"{scheme}://ann:{SECRET}@db.example:3307/chat").arguments
    assert (place["host"], place["port"], place["db"]) == ("db.example", 3307, "chat")
    assert (place["user"], place["password"]) == ("ann", SECRET)
    assert (place["charset"], place["autocommit"]) == ("utf8mb4", True)


def test_parts_that_are_left_out() -> None:
    """Take the usual port and this machine, and escaped characters for what they are."""
    assert login("mysql://db.example/chat").arguments["port"] == 3306
    assert login("mysql://[::1]/chat").arguments["host"] == "::1"
    place = login("mysql://a%40b:p%2F%3A%23%25@/my%20chat?unix_socket=/run/my%20sql.sock").arguments
    assert (place["user"], place["password"], place["db"]) == ("a@b", "p/:#%", "my chat")
    assert (place["host"], place["unix_socket"]) == ("localhost", "/run/my sql.sock")
    assert login("mysql://ann@localhost/chat").arguments["password"] == ""


def test_a_password_is_sent_as_utf_8() -> None:
    """Undo the driver's Latin-1, in which most passwords have no spelling at all."""
    password = login("mysql://ann:p%C3%A4%E2%82%AC@localhost/chat").arguments["password"]
    assert password.encode("latin-1") == "pä€".encode()


@pytest.mark.parametrize(
    ("options", "verify", "hostname", "required"),
    [
        ("ssl-mode=DISABLED", None, False, False),
        ("ssl-mode=PREFERRED", ssl.CERT_NONE, False, False),
        ("ssl-mode=REQUIRED", ssl.CERT_NONE, False, True),
        ("ssl_mode=required", ssl.CERT_NONE, False, True),
        ("sslmode=verify-ca", ssl.CERT_REQUIRED, False, True),
        ("ssl-mode=VERIFY_IDENTITY", ssl.CERT_REQUIRED, True, True),
        ("sslaccept=strict", ssl.CERT_REQUIRED, True, True),
        ("sslaccept=accept_invalid_certs", ssl.CERT_NONE, False, True),
        ("ssl=true", ssl.CERT_NONE, False, True),
        ('ssl={"rejectUnauthorized":true}', ssl.CERT_REQUIRED, True, True),
        ("ssl=%7B%22rejectUnauthorized%22%3Afalse%7D", ssl.CERT_NONE, False, True),
        ("ssl_verify_cert=true&ssl_verify_identity=true", ssl.CERT_REQUIRED, True, True),
        ("ssl_verify_identity=true&ssl_verify_cert=true", ssl.CERT_REQUIRED, True, True),
        ("ssl_verify_cert=true", ssl.CERT_REQUIRED, False, True),
        ("ssl=false", None, False, False),
        ("reconnect=true", ssl.CERT_NONE, False, False),
        ("charset=utf8mb4", ssl.CERT_NONE, False, False),
    ],
)
def test_tls(options: str, verify: int | None, hostname: bool, required: bool) -> None:
    """Verify as much as the URL asks for, and use TLS between machines where it says nothing."""
    found = login(f"mysql://ann:{SECRET}@db.example/chat?{options}")
    context = found.arguments["ssl"]
    assert (context and context.verify_mode) == verify
    assert bool(context and context.check_hostname) == hostname
    assert found.require_tls == required


def test_tls_on_this_machine() -> None:
    """Use none on the way to this machine unless asked."""
    for place in ("localhost/chat", "127.0.0.1/chat", "[::1]/chat", "db/chat?unix_socket=/s"):
        assert login(f"mysql://{place}").arguments["ssl"] is None
    assert login("mysql://localhost/chat?ssl-mode=PREFERRED").arguments["ssl"] is not None


def test_tls_authority(tmp_path: Path) -> None:
    """Verify with the authority that the URL names, and say when it cannot be read."""
    missing = tmp_path / "ca.pem"
    with pytest.raises(ValueError, match="ssl_ca in the database URL cannot be used"):
        login(f"mysql://ann:{SECRET}@db.example/chat?ssl_ca={missing}")
    roots = ssl.get_default_verify_paths().cafile
    found = login(f"mysql://ann:{SECRET}@db.example/chat?ssl-ca={roots}")
    assert found.arguments["ssl"].verify_mode == ssl.CERT_REQUIRED
    assert found.require_tls


def test_connect_timeout() -> None:
    """Let the URL's connect timeout win over the settings'."""
    assert login("mysql://localhost/chat?connect_timeout=7").connect_timeout == 7
    assert login("mysql://localhost/chat").connect_timeout is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("parseTime=true", "parseTime"),
        ("charset=latin1", "charset"),
        ("password=x", "password"),
        ("connect_timeout=soon", "connect_timeout"),
        ("charset=utf8mb4&a=1&b=2", "a"),
    ],
)
def test_options_that_are_refused(options: str, named: str) -> None:
    """Name the first unknown option and nothing else."""
    with pytest.raises(ValueError, match=f"Option '{named}'") as raised:
        login(f"mysql://ann:{SECRET}@db.example/chat?{options}")
    assert (
        str(raised.value) == f"Option '{named}' in the database URL is unknown or has a bad value"
    )


@pytest.mark.parametrize("option", ["ssl-mode=yes", "ssl=%7B%7D", "sslaccept=maybe"])
def test_tls_modes_that_are_refused(option: str) -> None:
    """Refuse a TLS mode that is none, rather than to go without."""
    with pytest.raises(ValueError, match="The TLS mode in the database URL must be one of"):
        login(f"mysql://ann:{SECRET}@db.example/chat?{option}")


@pytest.mark.parametrize("url", [None, ""])
def test_no_url(url: str | None) -> None:
    """Say where a missing URL is looked for."""
    with pytest.raises(ValueError, match="set DATABASE_URL"):
        mysql_url.login(None if url is None else SecretStr(url))


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://ann:{SECRET}@db.example/chat",
        f"mysql://ann:{SECRET}@db.example",
        f"mysql://ann:{SECRET}@db.example/",
        f"mysql://ann:{SECRET}@db.example:port/chat",
        f"mysql://ann:{SECRET}@db.example/chat#x",
        f"mysql://ann:a#{SECRET}@db.example/chat",
        f"mysql://ann:a/{SECRET}@db.example/chat",
        f"mysql://ann:1/a?{SECRET}=1@db.example/chat",
        f"mysql://ann:a@{SECRET}@db.example/chat",
        f"mysql://ann:[{SECRET}@db.example/chat/more",
        f"mysql:ann:{SECRET}@db.example/chat",
        SECRET,
    ],
)
def test_bad_urls_are_not_quoted(url: str) -> None:
    """Refuse a URL whose parts cannot be told apart, and quote none of them."""
    with pytest.raises(ValueError, match="must be mysql://") as raised:
        login(url)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_a_port_that_no_host_has() -> None:
    """The socket's own complaint would be an OverflowError."""
    with pytest.raises(ValueError, match="The port in the database URL must be at most 65535"):
        login("mysql://db.example:65536/chat")
    assert login("mysql://db.example:65535/chat").arguments["port"] == 65535


def test_a_login_does_not_show_its_secret() -> None:
    """Keep the password out of the text that a debugger or a log would show."""
    assert SECRET not in repr(login(f"mysql://ann:{SECRET}@db.example/chat"))
