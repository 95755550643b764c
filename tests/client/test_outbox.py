import json

import pytest

from chatproject.client.errors import ChatError, Refused, Unreachable
from chatproject.client.outbox import Outbox


async def test_an_ack_is_the_answer():
    outbox = Outbox()
    request = outbox.add("message.send", {"content": "héllo 🦆"})
    assert json.loads(request.text)["content"] == "héllo 🦆"
    ack = {"type": "ack", "ref": request.ref, "message": {"seq": 1}}
    assert outbox.resolve(ack) is None
    assert await request.answer == ack


async def test_a_refusal_is_raised_with_its_code_and_fields():
    outbox = Outbox()
    request = outbox.add("message.send", {})
    wrong = [{"field": "content", "code": "required", "detail": "A text is needed."}]
    frame = {"type": "error", "ref": request.ref, "code": "invalid_input", "detail": "no"}
    outbox.resolve({**frame, "errors": wrong})
    with pytest.raises(Refused) as refused:
        await request.answer
    assert (refused.value.code, refused.value.errors) == ("invalid_input", wrong)


async def test_what_is_refused_for_the_moment_is_to_be_asked_again():
    outbox = Outbox()
    request = outbox.add("message.send", {})
    frame = {"type": "error", "ref": request.ref, "code": "unavailable", "detail": "later"}
    assert outbox.resolve(frame) is request
    assert not request.answer.done()
    assert outbox.waiting() == [request]


async def test_the_unanswered_wait_in_the_order_they_were_asked():
    outbox = Outbox()
    first, second, third = (outbox.add("ping", {}) for _ in range(3))
    outbox.forget(second)
    assert outbox.waiting() == [first, third]


async def test_answers_that_nobody_waits_for_are_passed_over():
    outbox = Outbox()
    assert outbox.resolve({"type": "ack", "ref": "17"}) is None
    unknown = {"type": "error", "ref": None, "code": "unknown_frame", "detail": ""}
    assert outbox.resolve(unknown) is None
    request = outbox.add("ping", {})
    request.answer.cancel()
    assert outbox.resolve({"type": "pong", "ref": request.ref}) is None


async def test_an_ending_is_the_answer_to_all_that_wait():
    outbox = Outbox()
    request = outbox.add("ping", {})
    outbox.fail(Unreachable("gone"))
    with pytest.raises(Unreachable):
        await request.answer


async def test_a_frame_that_no_server_reads_is_not_sent_for_ever():
    outbox = Outbox()
    with pytest.raises(ChatError) as refused:
        outbox.add("message.send", {"content": "x" * outbox.frame_bytes})
    assert refused.value.code == "frame_too_large"
    assert outbox.waiting() == []
