"""Who finds what: everybody whom the visibility rule treats in a way of their own."""

from typing import Any

import pytest

from accounts.people.blocks import block_person
from conversations.own_state import clear_conversation
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.members import add_people, join_conversation, remove_person
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import Find

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("either_index")]


def test_outsider_finds_nothing(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "secret words")

    for q in ("words", "cret", "from:@me or words", f"in:{scene.id}", f"in:{scene.id} words"):
        assert find(scene.outsider, q) == []
    assert find(scene.member, "words") == ["secret words"]


def test_rejoiner_finds_both_times_and_nothing_between(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "words before")
    leave(scene.conversation, scene.leaver)
    say(scene.conversation, scene.owner, "words between")
    assert find(scene.leaver, "words") == ["words before"]

    place: dict[str, Any] = {"conversation_id": scene.id, "by": scene.owner.pk}
    add_people(**place, user_ids=[scene.leaver.pk])
    say(scene.conversation, scene.owner, "words after")
    assert sorted(find(scene.leaver, "words")) == ["words after", "words before"]
    assert find(scene.leaver, "between") == []
    assert "words between" in find(scene.member, "words")


def test_removed_person_keeps_their_time(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "words before")
    remove_person(conversation_id=scene.id, by=scene.owner.pk, user_id=scene.member.pk)
    say(scene.conversation, scene.owner, "words after")

    assert find(scene.member, "words") == ["words before"]


def test_banned_reader_of_a_public_conversation(find: Find, db: None) -> None:
    owner, reader = make_person("Olga"), make_person("Rita")
    public = make_conversation(owner, kind="public")
    say(public, owner, "open words")
    join_conversation(conversation_id=public.pk, user_id=reader.pk)
    say(public, owner, "more words")
    assert sorted(find(reader, "words")) == ["more words", "open words"]

    ban_person(conversation_id=public.pk, by=owner.pk, user_id=reader.pk)
    say(public, owner, "later words")
    assert "later words" not in find(reader, "words")

    lift_ban(conversation_id=public.pk, by=owner.pk, user_id=reader.pk)
    assert "later words" in find(reader, "words")


def test_blocked_people_keep_what_they_have(scene: Scene, find: Find) -> None:
    direct = make_direct(scene.owner, scene.member)
    say(direct, scene.member, "words in private")
    block_person(blocker_id=scene.owner.pk, person_id=scene.member.pk)

    for person in (scene.owner, scene.member):
        assert find(person, "private") == ["words in private"]


def test_moderators_search_as_anybody_does(scene: Scene, find: Find) -> None:
    """What they may read beside it is in the admin."""
    say(scene.conversation, scene.owner, "secret words")
    chief = make_person("Chief", is_staff=True, is_superuser=True)

    assert find(chief, "words") == []


def test_cleared_conversation_is_empty_for_who_cleared_it(scene: Scene, find: Find) -> None:
    direct = make_direct(scene.owner, scene.member)
    say(direct, scene.owner, "words before")
    clear_conversation(conversation_id=direct.pk, user_id=scene.member.pk)
    say(direct, scene.owner, "words after")

    assert find(scene.member, "words") == ["words after"]
    assert len(find(scene.owner, "words")) == 2
