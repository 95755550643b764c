"""The one shape of a message, however it is encoded."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from messaging.wire import ROW_FIELDS, MessageRow, fresh_message, message_json

BLANK: Any = dict.fromkeys(ROW_FIELDS)
SENT: MessageRow = BLANK | {
    "id": uuid4(),
    "conversation_id": uuid4(),
    "seq": 7,
    "rev": 9,
    "sender_id": uuid4(),
    "client_id": uuid4(),
    "kind": "text",
    "body": '%b "quoted" \\ 🐌\n@body',
    "created_at": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reply_to_seq": 3},
        {"reply_to_seq": 3, "thread_seq": 2, "thread_only": True},
        {"thread_seq": 2, "thread_only": False},
        {"body": "", "kind": "image"},
        {"client_id": None, "created_at": datetime(2026, 1, 31, 9, 30, 1, 5, tzinfo=UTC)},
    ],
)
@pytest.mark.parametrize("attachments", [[], [{"id": "a", "name": "%b"}, {"id": "b"}]])
def test_a_fresh_message_has_the_shape_of_all(more: Any, attachments: list[Any]) -> None:
    row: MessageRow = {**SENT, **more}
    shape = orjson.loads(fresh_message(row, attachments))
    assert shape == message_json(row, attachments=attachments)
    assert list(shape) == list(message_json(row))
