"""A wire between a store and its server, for tests to listen to, hold and cut."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..servers.urls import url


@dataclass
class Wire:
    """Carry bytes between a port of its own and the server."""

    port: int = 0
    #: All that clients sent.
    sent: bytearray = field(default_factory=bytearray)
    #: Deliver a packet with these bytes to the server, then cut the client off; once.
    cut_after: bytes = b""
    #: Deliver a packet with these bytes to the server, then hold its answer until `open` is set.
    hold_after: bytes = b""
    #: Clear it, and nothing gets through any more, while all connections stay.
    open: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when an answer is being held.
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    #: Clear these capabilities (of the lower two bytes) from the server's greeting.
    hidden: int = 0

    #: Ends of the connections that there are.
    ends: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def cut(self) -> None:
        """Tear every connection, so that both ends find it reset."""
        for end in self.ends:
            # Closed without lingering, a socket sends a reset.
            end.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            end.transport.abort()

    async def up(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> bool:
        """Carry bytes to the server; return whether the wire is to be cut."""
        while data := await source.read(1 << 16):
            await self.open.wait()
            self.sent += data
            if self.hold_after and self.hold_after in data:
                self.hold_after = b""
                self.open.clear()
            target.write(data)
            await target.drain()
            if self.cut_after and self.cut_after in data:
                self.cut_after = b""
                return True
        return False

    async def down(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Carry bytes to the client."""
        greeting = True
        while data := await source.read(1 << 16):
            if not self.open.is_set():
                self.holding.set()
            await self.open.wait()
            if greeting:
                data, greeting = self.without_hidden(data), False
            target.write(data)
            await target.drain()
        target.close()

    def without_hidden(self, greeting: bytes) -> bytes:
        """Return the greeting with some capabilities taken out, as somebody in between would."""
        # Header, protocol, version up to its NUL, connection id, salt, filler, then the lower half.
        at = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
        lower = int.from_bytes(greeting[at : at + 2], "little") & ~self.hidden
        return greeting[:at] + lower.to_bytes(2, "little") + greeting[at + 2 :]


@asynccontextmanager
async def wire_to(server: str, hidden: int = 0) -> AsyncGenerator[Wire, None]:
    """Lend a wire to a server; every connection on it ends with the block."""
    parts = urlsplit(url(server))
    wire = Wire(hidden=hidden)
    wire.open.set()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            tasks.add(task)
        server_in, server_out = await asyncio.open_connection(parts.hostname, parts.port or 3306)
        wire.ends |= {client_out, server_out}
        down = asyncio.create_task(wire.down(server_in, client_out))
        try:
            with suppress(ConnectionError):
                cut = await wire.up(client_in, server_out)
                if cut:
                    # Its answer shows that the server has carried out what it was sent.
                    down.cancel()
                    await server_in.read(1)
        finally:
            down.cancel()
            client_out.close()
            server_out.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        wire.port = listener.sockets[0].getsockname()[1]
        yield wire
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
