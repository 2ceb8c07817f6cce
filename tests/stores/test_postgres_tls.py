"""PostgresStore where TLS is asked for: what the URL says is what the connection does."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..servers.urls import url
from .postgres import ALICE, Scene, errors, on_server, postgres, url_at

NOW = datetime.datetime.now(datetime.UTC)


def certificate(folder: Path, name: str) -> Path:
    """Write a key and a certificate for 127.0.0.1 that signs itself; return the file of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(hours=1))
        .not_valid_after(NOW + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@dataclass
class Front:
    """Speak TLS before the server, as a hoster's front does, and count who came through it."""

    context: ssl.SSLContext
    port: int = 0
    encrypted: int = 0

    async def welcome(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Answer the request for TLS, then carry what is said."""
        await client.readexactly(8)
        answers.write(b"S")
        try:
            await answers.start_tls(self.context)
        except (ssl.SSLError, ConnectionError):
            return
        self.encrypted += 1
        parts = urlsplit(url("postgres"))
        server, requests = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_copy(client, requests), _copy(server, answers))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 16):
        target.write(data)
    target.close()


@asynccontextmanager
async def front(own: Path) -> AsyncGenerator[Front, None]:
    """Lend a front with this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    lent = Front(context)
    async with await asyncio.start_server(lent.welcome, "127.0.0.1", 0) as server:
        lent.port = server.sockets[0].getsockname()[1]
        yield lent


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sslmode=require&channel_binding=require",
        "ssl=true",
        "sslmode=verify-ca&sslrootcert={own}",
        "sslmode=verify-full&sslrootcert={own}",
    ],
)
@on_server
async def test_tls_is_used(scene: Scene, query: str, tmp_path: Path) -> None:
    """Encrypt where the server can, and verify it against the authority that the URL names."""
    own = certificate(tmp_path, "own")
    async with front(own) as server:
        address = url_at(server.port, f"?{query.format(own=own)}")
        async with postgres.PostgresStore(address, table_prefix=scene.prefix) as store:
            assert (await store.load_threads(1, None, "asc", ALICE)).data == []
        assert server.encrypted == 1


@pytest.mark.parametrize(
    ("query", "host"),
    [
        ("sslmode=verify-ca&sslrootcert={other}", "127.0.0.1"),
        ("sslmode=verify-full&sslrootcert={other}", "127.0.0.1"),
        ("sslmode=verify-full&sslrootcert={own}", "localhost"),
        ("sslmode=verify-full&sslrootcert=system", "127.0.0.1"),
        ("sslrootcert=system", "127.0.0.1"),
    ],
)
@on_server
async def test_a_stranger_is_refused(scene: Scene, query: str, host: str, tmp_path: Path) -> None:
    """Send no password to a server that is not the one asked for."""
    own, other = certificate(tmp_path, "own"), certificate(tmp_path, "other")
    async with front(own) as server:
        address = url_at(server.port, f"?{query.format(own=own, other=other)}")
        address = address.replace("127.0.0.1", host)
        with pytest.raises(errors.StoreUnavailable, match="certificate verify failed"):
            await postgres.PostgresStore(address, table_prefix=scene.prefix).connect()
        assert server.encrypted == 0
