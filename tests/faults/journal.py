"""The log of a campaign: every intent, answer and delivery, as each client knew them.

A line is a JSON array, written when it happens, so that it is whole whatever ends the campaign.
`key` is the text of a message, by which a message is known: `client.stream.number`, the number
counting the messages of a stream, which sends one after the other.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

SEND, ACK, REFUSED, DELIVERY = "send", "ack", "refused", "delivery"


class Entry(NamedTuple):
    at: float  # seconds, by the monotonic clock
    kind: str
    client: int
    conversation: str
    key: str
    seq: int  # 0 where none is known


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO = path.open("w")

    def write(self, kind: str, client: int, conversation: str, key: str, seq: int = 0) -> None:
        entry = Entry(round(time.monotonic(), 4), kind, client, conversation, key, seq)
        self._file.write(json.dumps(entry) + "\n")

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def entries(self) -> Iterator[Entry]:
        """All that was written, in order, as far as it was flushed."""
        with self.path.open() as file:
            for line in file:
                yield Entry(*json.loads(line))


def stream_of(key: str) -> tuple[str, int]:
    """The stream that a message belongs to, and its number in it."""
    stream, _, number = key.rpartition(".")
    return stream, int(number)
