"""`python -m tests.faults.flood URL CONVERSATION BYTES SOCKETS`: sends the longest messages as fast
as the server's kernel takes them, from a process of its own, so that nobody who is timed waits for
it.

The token comes in TOKEN. Prints a line when it begins, and one with {"bytes": what was taken,
"closed": how often the server closed a socket} after its input has ended."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.database import ROOT
from tests.journeys.stage import Person
from tests.servers import ServerProcess

LARGE = "\U0001f600" * 8_000  # the longest text, 32 kB


class Flood:
    """Runs this module. `taken` and `closed` are known when the block is left."""

    def __init__(
        self, server: ServerProcess, person: Person, conversation: str, *, size: int, sockets: int
    ) -> None:
        self._arguments = [server.ws_url, conversation, str(size), str(sockets)]
        self._person = person
        self.taken = self.closed = 0

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, *self._arguments,
            cwd=ROOT,
            env={**os.environ, "TOKEN": await self._person.token()},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"begins\n"
        return self

    async def __aexit__(self, *exc: object) -> None:
        written, _ = await self._process.communicate(b"")  # which closes its input
        assert self._process.returncode == 0
        told = json.loads(written)
        self.taken, self.closed = told["bytes"], told["closed"]


class Sender:
    def __init__(self, url: str, conversation: str, size: int) -> None:
        self._url, self._conversation = url, conversation
        self._left = size
        self.taken = self.closed = 0

    async def send(self) -> None:
        """Over a new socket whenever one is closed."""
        headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
        while self._left > 0:
            with suppress(InvalidStatus):
                async with connect(
                    self._url, additional_headers=headers, compression=None, close_timeout=0.1
                ) as socket:
                    try:
                        await self._send_over(socket)
                    except ConnectionClosed:
                        self.closed += 1

    async def _send_over(self, socket: ClientConnection) -> None:
        frame = {
            "type": "message.send",
            "conversationId": self._conversation,
            "content": LARGE,
        }
        while self._left > 0:
            text = json.dumps({**frame, "ref": self.taken}, ensure_ascii=False)
            await socket.send(text)
            size = len(text.encode())
            self.taken += size
            self._left -= size
        await socket.wait_closed()  # what the server has not read is lost when it is closed


async def main(url: str, conversation: str, size: int, sockets: int) -> None:
    print("begins", flush=True)
    sender = Sender(url, conversation, size)
    sending = {asyncio.create_task(sender.send()) for _ in range(sockets)}
    await asyncio.to_thread(sys.stdin.read)
    assert not any(each.done() and each.exception() for each in sending)
    print(json.dumps({"bytes": sender.taken, "closed": sender.closed}), flush=True)
    os._exit(0)  # to say good-bye, a socket would wait until all that it sent is read


if __name__ == "__main__":
    url, conversation, *numbers = sys.argv[1:]
    asyncio.run(main(url, conversation, *map(int, numbers)))
