"""What a frame's fields may be, and which frames there are."""

from uuid import UUID

import pytest

from chatproject.core.errors import InvalidInput
from messaging.ws.frames import ConversationFrame

ID = UUID("0190a4d0-5f3a-7cc1-8b1e-6f1d2c3b4a59")


def test_an_id_is_read_in_its_usual_form() -> None:
    for text in (str(ID), str(ID).upper()):
        assert ConversationFrame.read({"conversationId": text}).conversationId == ID


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "x" * 36,
        ID.hex,
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        "-" * 120_000 + ID.hex,
        [str(ID)],
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ConversationFrame.read({"conversationId": value})
    assert [error["field"] for error in refusal.value.errors] == ["conversationId"]
