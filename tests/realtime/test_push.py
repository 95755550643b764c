"""What may be pushed, when, and by which way it leaves the process."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import yaml
from django.conf import settings
from django.db import transaction

from chatproject import push
from chatproject.push import (
    EVENT_PUSHED,
    MAX_PAYLOAD_BYTES,
    RESERVED,
    InvalidEvent,
    PushUnavailable,
    publication_of,
    push_to_conversation,
    push_to_user,
)
from chatproject.realtime import bus, control
from chatproject.realtime.bus import conversation_topic, user_topic
from chatproject.realtime.hub_queries import Head
from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from tests.accounts.scene import Outlet
from tests.cast import make_conversation, make_person
from tests.realtime.scene import Scene, in_loop

ANN = UUID(int=1)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    outlet = Outlet()
    yield outlet
    outlet.close()


@pytest.mark.parametrize(
    "type",
    [
        *(
            "tick",
            "Acme.tick",
            "acme.",
            ".tick",
            "acme..tick",
            "acme tick",
            "acme.tick\n",
            "",
            "ä.b",
        ),
        "ä.b",
        *("message.created", "conversation.left", "state.changed", "typing.started", "ack.ok"),
        "acme." + "t" * 100,
    ],
)
def test_a_type_that_is_not_ones_own_is_refused(type: str, outlet: Outlet) -> None:
    with pytest.raises(InvalidEvent):
        push_to_user(ANN, type, {})
    assert outlet.heard == []


@pytest.mark.django_db
@pytest.mark.parametrize("type", ["acme.tick", "acme.build-2.done", "a.b_c"])
def test_a_namespaced_type_is_sent(
    type: str, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        push_to_user(ANN, type, {"n": [1, None, "ü"]})
    assert outlet.heard == [(user_topic(ANN), {"type": type, "payload": {"n": [1, None, "ü"]}})]


@pytest.mark.parametrize(
    "payload",
    [
        [],
        "text",
        None,
        {"id": uuid4()},
        {"at": datetime.now(UTC)},
        {"bytes": b""},
        {"number": float("inf")},
        {"text": "\ud800"},
        {(1, 2): 3},
        {"text": "x" * MAX_PAYLOAD_BYTES},
    ],
)
def test_a_payload_that_is_not_json_is_refused(payload: Any, outlet: Outlet) -> None:
    with pytest.raises(InvalidEvent):
        push_to_user(ANN, "acme.tick", payload)
    assert outlet.heard == []


def test_every_event_and_frame_of_ours_is_reserved() -> None:
    document = yaml.safe_load((settings.BASE_DIR / "docs" / "asyncapi.yaml").read_text())
    names = {name.partition(".")[0] for name in document["components"]["messages"] if "." in name}
    assert names
    assert names - {"acme"} <= RESERVED


@pytest.mark.django_db
def test_an_unknown_conversation_is_refused(outlet: Outlet) -> None:
    with pytest.raises(ConversationNotFound):
        push_to_conversation(uuid4(), "acme.tick", {})


@pytest.mark.django_db
def test_it_names_the_membership_that_the_sender_saw(
    outlet: Outlet, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = make_conversation(make_person())
    Conversation.objects.filter(pk=group.pk).update(member_rev=7)
    sent: list[bus.Publication] = []
    monkeypatch.setattr(push, "publish", sent.extend)
    with django_capture_on_commit_callbacks(execute=True):
        push_to_conversation(group.pk, "acme.tick", {"n": 1})
    (publication,) = sent
    assert (publication.topic, publication.member_rev) == (conversation_topic(group.pk), 7)
    assert (publication.seq, publication.rev) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_after_the_commit_and_not_after_a_rollback(outlet: Outlet) -> None:
    with transaction.atomic():
        push_to_user(ANN, "acme.tick", {})
        assert outlet.heard == []
    assert len(outlet.heard) == 1
    with transaction.atomic():
        push_to_user(ANN, "acme.tick", {})
        transaction.set_rollback(True)
    assert len(outlet.heard) == 1


@pytest.mark.django_db
def test_a_process_that_serves_nothing_uses_the_control_plane(
    outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    bus.install(None, None)
    with django_capture_on_commit_callbacks(execute=True):
        push_to_user(ANN, "acme.tick", {"n": 1})
    ((kind, fields),) = outlet.commands
    assert kind == EVENT_PUSHED
    publication = publication_of(orjson.loads(orjson.dumps(fields)))
    assert publication.topic == user_topic(ANN)
    assert orjson.loads(publication.frame) == {"type": "acme.tick", "payload": {"n": 1}}


def test_without_a_server_and_redis_it_says_so() -> None:
    assert control.find_outlet() is None
    with pytest.raises(PushUnavailable, match="REDIS_URL"):
        push_to_user(ANN, "acme.tick", {})


@in_loop
async def test_a_hub_reads_the_membership_anew_before_it_delivers() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        goes, socket = await scene.listen()
        del scene.queries.visible[scene.conversation, socket.user_id]
        scene.queries.head[scene.conversation] = Head(0, 5)  # nothing of it was published yet
        fields = {
            "topic": conversation_topic(scene.conversation),
            "frame": '{"type":"acme.tick","payload":{}}',
            "memberRev": 5,
        }
        scene.hub.deliver([publication_of(fields)])
        await scene.settle()
        assert [frame["type"] for frame in stays.frames] == ["acme.tick"]
        assert [frame["type"] for frame in goes.frames] == ["conversation.left"]
