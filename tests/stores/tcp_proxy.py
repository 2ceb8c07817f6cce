"""A loopback proxy before a server, to cut connections where a network would."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK = 1 << 16


@dataclass
class Proxy:
    """Pass bytes on to `target`; cut everything, or connections at certain words, or go silent."""

    target: int
    port: int = 0
    # Each of the next so many requests that hold these words is the last of its connection.
    cut_at: bytes = b""
    cuts_left: int = 0
    # Whether the server still gets that request; its answer is lost either way.
    deliver: bool = False
    # Whether everything is taken and nothing delivered, as behind a firewall that drops packets.
    silent: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def sever(self) -> int:
        """Close every connection; return how many there were."""
        ends = list(self._writers)
        for writer in ends:
            writer.transport.abort()
        return len(ends) // 2

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side closes or the words come by."""
        back, forth = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers |= {writer, forth}
        try:
            async with asyncio.TaskGroup() as tasks:
                answers = tasks.create_task(self._copy(back, writer))
                await self._requests(reader, forth)
                answers.cancel()
        finally:
            self._writers -= {writer, forth}
            writer.transport.abort()
            forth.close()

    async def _requests(self, reader: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            cut = self.cuts_left > 0 and self.cut_at in data
            self.cuts_left -= cut
            if (not cut or self.deliver) and not self.silent:
                forth.write(data)
                await forth.drain()
            if cut:
                return

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            if not self.silent:
                writer.write(data)
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Return what came, nothing when the connection is gone."""
    try:
        return await reader.read(CHUNK)
    except ConnectionError:
        return b""


@asynccontextmanager
async def proxy(target: int) -> AsyncGenerator[Proxy, None]:
    """Lend a proxy before a loopback port."""
    lent = Proxy(target)
    server = await asyncio.start_server(lent.pass_on, "127.0.0.1", 0)
    lent.port = server.sockets[0].getsockname()[1]
    try:
        yield lent
    finally:
        server.close()
        lent.sever()
