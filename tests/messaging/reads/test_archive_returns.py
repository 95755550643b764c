"""An archived conversation comes back with a new message, unless it is muted."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from conversations import own_state
from conversations.models import Participant
from messaging.log import writing
from tests.cast import api, say
from tests.messaging.actions.scene import Scene


def inbox(user: User, archived: str) -> list[str]:
    answer = api(user).get(f"/v1/conversations?archived={archived}").json()
    return [each["id"] for each in answer["results"]]


def place(scene: Scene, user: User) -> dict[str, Any]:
    return {"conversation_id": scene.id, "user_id": user.pk}


def is_archived(scene: Scene, user: User) -> bool:
    one = api(user).get(f"/v1/conversations/{scene.id}").json()["archivedAt"] is not None
    assert (inbox(user, "true") == [str(scene.id)]) is one
    assert (inbox(user, "false") == [str(scene.id)]) is not one
    return one


@pytest.fixture
def archived(scene: Scene) -> Scene:
    say(scene.conversation, scene.owner)
    own_state.archive_conversation(**place(scene, scene.member))
    assert is_archived(scene, scene.member)
    return scene


def test_a_new_message_brings_it_back_for_its_owner_alone(archived: Scene) -> None:
    say(archived.conversation, archived.owner)

    assert not is_archived(archived, archived.member)


def test_a_system_message_does_not(archived: Scene) -> None:
    with writing(archived.id) as log:
        log.append_system("conversation.renamed", by=archived.owner.pk, title="x")

    assert is_archived(archived, archived.member)


def test_a_muted_one_stays(archived: Scene) -> None:
    own_state.mute_conversation(**place(archived, archived.member), until=None)
    say(archived.conversation, archived.owner)

    assert is_archived(archived, archived.member)
    own_state.unmute_conversation(**place(archived, archived.member))
    assert not is_archived(archived, archived.member)


def test_a_mute_that_has_ended_is_none(archived: Scene) -> None:
    Participant.objects.filter(user=archived.member).update(
        muted_until=timezone.now() - timedelta(seconds=1)
    )
    say(archived.conversation, archived.owner)

    assert not is_archived(archived, archived.member)


def test_what_came_back_can_be_archived_and_muted_again(archived: Scene) -> None:
    say(archived.conversation, archived.owner)
    own_state.mute_conversation(**place(archived, archived.member), until=None)
    assert not is_archived(archived, archived.member)

    shape = own_state.archive_conversation(**place(archived, archived.member))

    assert shape["archivedAt"] is not None
    assert is_archived(archived, archived.member)


def test_the_others_notice_nothing(archived: Scene) -> None:
    say(archived.conversation, archived.owner)

    assert not is_archived(archived, archived.admin)
