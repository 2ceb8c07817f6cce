"""How MysqlStore logs in: with which password, over TLS or not, and silent about both."""

import logging
import traceback
from urllib.parse import quote, urlsplit

import pytest

from .mysql import ALICE, Scene, errors, mysql, on_servers, on_session, thread
from .mysql_wire import wire_to

TLS = 0x0800


async def make_user(scene: Scene, password: str) -> str:
    """Return the URL of a new user, named like the scene's database, for the test to drop."""
    await scene.sql(f"CREATE USER '{scene.database}'@'%%' IDENTIFIED BY %s", password)
    await scene.sql(f"GRANT ALL ON {scene.database}.* TO '{scene.database}'@'%%'")
    parts = urlsplit(scene.url())
    login = f"{scene.database}:{quote(password, safe='')}"
    return f"mysql://{login}@{parts.hostname}:{parts.port}/{scene.database}"


@pytest.mark.parametrize("password", ["plain", "pä€ß", "p@:/?#[]%", "'\"\\ $"])
@on_servers
async def test_passwords(scene: Scene, password: str) -> None:
    """Log in with any password, in plain TCP and over TLS where the server has it."""
    url = await make_user(scene, password)
    try:
        for option in ("ssl-mode=DISABLED", "ssl-mode=PREFERRED"):
            # Set anew: a server that has seen a password once asks for less the next time.
            await scene.sql(f"ALTER USER '{scene.database}'@'%%' IDENTIFIED BY %s", password)
            async with mysql.MysqlStore(f"{url}?{option}") as store:
                await store.save_thread(thread(), ALICE)
    finally:
        await scene.sql(f"DROP USER '{scene.database}'@'%%'")


@on_servers
async def test_a_wrong_password_stays_secret(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Report a refused login without its password, in no error of the chain and in no log."""
    caplog.set_level(logging.DEBUG)
    secret = "pä€-s3cr3t"  # noqa: S105 (nobody's)
    parts = urlsplit(scene.url())
    login = f"{parts.username}:{quote(secret)}"
    store = mysql.MysqlStore(f"mysql://{login}@{parts.hostname}:{parts.port}/{scene.database}")
    with pytest.raises(errors.StoreUnavailable) as raised:
        await store.load_thread("thr_1", ALICE)
    assert str(raised.value) == "No login to MySQL at 127.0.0.1: error 1045"
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)
    shown = "".join(traceback.format_exception(raised.value)) + repr(store) + caplog.text
    for spelling in (secret, quote(secret), secret.encode().decode("latin-1")):
        assert spelling not in shown


@on_servers
async def test_an_unknown_database_is_unavailable(scene: Scene) -> None:
    """Report a database that is not there by the server's number for it."""
    url = scene.url().replace(scene.database, f"{scene.database}x")
    with pytest.raises(errors.StoreUnavailable, match="error 1049"):
        await mysql.MysqlStore(url).connect()


@on_servers
async def test_tls_where_it_is_asked_for(scene: Scene) -> None:
    """Encrypt where the server can; where it cannot, go without only when that is allowed."""
    cipher = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
    async with scene.make("ssl-mode=DISABLED") as store:
        assert (await on_session(store, cipher))[0][1] == ""
    async with scene.make("ssl-mode=PREFERRED") as store:
        offered = (await on_session(store, cipher))[0][1] != ""
    # Oracle's server makes itself a certificate; MariaDB 10.11 does not.
    assert offered or scene.server == "mariadb"
    store = scene.make("ssl-mode=REQUIRED")
    if offered:
        async with store:
            assert (await on_session(store, cipher))[0][1] != ""
    else:
        with pytest.raises(errors.StoreUnavailable, match="error 2026"):
            await store.connect()


@on_servers
async def test_a_certificate_that_nobody_signed_is_refused(scene: Scene) -> None:
    """Refuse the tests' servers, who sign their certificates themselves, when asked to verify."""
    for mode in ("VERIFY_CA", "VERIFY_IDENTITY"):
        with pytest.raises(errors.StoreUnavailable, match=r"error 20(03|26)"):
            await scene.make(f"ssl-mode={mode}").connect()


@pytest.mark.parametrize("mode", ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
@on_servers
async def test_nothing_is_sent_to_whoever_strips_tls(scene: Scene, mode: str) -> None:
    """Say no word after a greeting without TLS: somebody in between may have taken it out."""
    async with wire_to(scene.server, hidden=TLS) as wire:
        with pytest.raises(errors.StoreUnavailable, match="error 2026"):
            await scene.make(f"ssl-mode={mode}", port=wire.port).connect()
        assert wire.sent == b""
