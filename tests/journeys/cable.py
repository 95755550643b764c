"""The line between a client and the server, which can be cut."""

import asyncio
import contextlib
from typing import Self


class Cable:
    """Carries TCP connections from a port of its own to the server's.

    `cut` breaks all that are open as a lost network does, without a goodbye; while it is `out` new
    ones are refused.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_out = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._listener.close()
        self.is_out = True
        self.cut()
        await asyncio.gather(*self._tasks)

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        server = writer
        with contextlib.suppress(OSError):
            answers, server = await asyncio.open_connection("127.0.0.1", self._server_port)
            self._writers.add(server)
            if self.is_out:
                self.cut()
            await asyncio.gather(_pump(reader, server), _pump(answers, writer))
        for end in (writer, server):
            self._writers.discard(end)
            end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
