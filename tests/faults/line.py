"""The line between clients and a server that loses what is sent over it, one way or both.

Connections stay open and nobody is told, as with packets that are dropped on the way.
"""

import asyncio
import contextlib
import time
from typing import Self


class Line:
    """A port of its own that leads to the server's. `drop` takes effect for what comes then."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._tasks: set[asyncio.Task[None]] = set()
        self._drops = {"up": False, "down": False}
        self._since = 0.0
        self._hurt: set[asyncio.StreamWriter] = set()  # both ends of what lost something
        # Seconds from the beginning of the fault until this end gave a connection up.
        self.noticed: dict[str, list[float]] = {"client": [], "server": []}

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop(self, *, up: bool = False, down: bool = False) -> None:
        """What clients send, what the server sends; with neither the line is whole again."""
        self._drops = {"up": up, "down": down}
        self._since = time.monotonic()
        if not self._is_faulty:  # those that lost something are reset, the first time they speak
            for writer in self._hurt:
                writer.transport.abort()
            self._hurt.clear()

    @property
    def _is_faulty(self) -> bool:
        return any(self._drops.values())

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        answers, server = await asyncio.open_connection("127.0.0.1", self._server_port)
        ends = (writer, server)
        if was_hurt := self._is_faulty:  # its handshake is lost
            self._hurt.update(ends)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, server, ends, "up", was_hurt))
                pumps.create_task(self._pump(answers, writer, ends, "down", was_hurt))
        except* ConnectionError:
            pass
        finally:
            for end in ends:
                end.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, ...],
        way: str,
        was_hurt: bool,
    ) -> None:
        """A connection that lost anything is of no use, as TCP would never go on after a gap."""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if self._drops[way]:
                    self._hurt.update(ends)
                if not self._hurt.intersection(ends):
                    writer.write(data)
                    await writer.drain()
        if self._is_faulty:
            if not was_hurt:
                end = "client" if way == "up" else "server"
                self.noticed[end].append(time.monotonic() - self._since)
            self._hurt.update(ends)
            await asyncio.Event().wait()  # the other end is not told until the line is whole
        raise ConnectionResetError
