"""The shape of a draft, the same for a request's body and a frame."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproject.core.errors import InvalidInput
from chatproject.core.ids import client_id_from_key
from messaging.bodies import MessageBody
from messaging.sending.drafts import Draft

WHERE: dict[str, Any] = {"conversation_id": uuid4(), "sender_id": uuid4()}


def draft_of(data: dict[str, Any], **key: str) -> Draft:
    return MessageBody.read(data).draft(**WHERE, **key)


def wrong(data: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        draft_of(data)
    return [(error["field"], error["code"]) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "required"),
        (5, "not_a_text"),
        (["x"], "not_a_text"),
        ("", "blank"),
        (" \n\t\u00a0\u2003", "blank"),
        ("\u200b\u2060\ufeff\u00ad", "blank"),
        ("\u3164\uffa0\u2800", "blank"),
        ("\ufe0f\u200d", "blank"),
        ("a\0b", "nul"),
        ("x" * 8001, "too_long"),
    ],
)
def test_a_text_that_cannot_be_sent(content: object, code: str) -> None:
    assert wrong({"content": content}) == [("content", code)]


@pytest.mark.parametrize(
    "content", ["x", ".", "🙂", "x" * 8000, " a ", "👩\u200d🚀", "ـ", "<script>"]
)
def test_a_text_that_can_be_sent_is_kept_as_it_is(content: str) -> None:
    assert draft_of({"content": content}).body == content


@pytest.mark.parametrize(
    "value", [5, "x", "", True, [], "1" * 36, "8d39e7ab48c4474482109119f41b50b6"]
)
def test_a_client_id_is_a_uuid(value: object) -> None:
    assert wrong({"content": "x", "clientId": value}) == [("clientId", "invalid")]


@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True, 10**30])
def test_a_reply_names_a_seq(value: object) -> None:
    assert wrong({"content": "x", "replyToSeq": value}) == [("replyToSeq", "invalid")]


@pytest.mark.parametrize(
    "value", ["x", {}, [1], ["x"], [str(uuid4())] * 2, [str(uuid4()) for _ in range(11)]]
)
def test_attachments_are_a_short_list_of_ids(value: object) -> None:
    assert wrong({"content": "x", "attachmentIds": value}) == [("attachmentIds", "invalid")]


def test_every_wrong_field_is_named() -> None:
    data = {"content": "", "clientId": 1, "replyToSeq": 0}
    assert [field for field, _ in wrong(data)] == ["content", "clientId", "replyToSeq"]


def test_with_attachments_the_text_may_be_empty() -> None:
    attachment = uuid4()
    draft = draft_of({"attachmentIds": [str(attachment)]})
    assert (draft.body, draft.attachment_ids) == ("", (attachment,))


def test_the_idempotency_key_stands_in_for_a_missing_client_id() -> None:
    client_id = uuid4()
    named = draft_of({"content": "x", "clientId": str(client_id)}, idempotency_key="k")
    keyed = draft_of({"content": "x"}, idempotency_key="k")
    assert named.client_id == client_id
    assert keyed.client_id == client_id_from_key("k")
    assert client_id_from_key(str(client_id)) == client_id


def test_without_either_every_draft_is_another() -> None:
    one, other = (draft_of({"content": "x"}) for _ in range(2))
    assert one.client_id != other.client_id


def test_the_fingerprint_tells_every_part_apart() -> None:
    parts: list[dict[str, Any]] = [
        {"body": "x"},
        {"body": "x\x001"},
        {"body": "x", "reply_to_seq": 1},
        {"body": "x", "attachment_ids": (UUID(int=1),)},
        {"body": "x", "attachment_ids": (UUID(int=2),)},
    ]
    assert len({Draft(**WHERE, client_id=uuid4(), **part).fingerprint() for part in parts}) == 5


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_value_breaks_the_check(value: object) -> None:
    for field in ("content", "clientId", "replyToSeq", "attachmentIds"):
        try:
            draft_of({"content": "x", field: value})
        except InvalidInput as refusal:
            assert {error["field"] for error in refusal.errors} <= {field, "content"}  # noqa: PT017
