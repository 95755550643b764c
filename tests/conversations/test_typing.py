"""Who may be shown as typing: people who may post there."""

import pytest
from django.utils import timezone

from accounts.models import Mute
from accounts.people.blocks import block_person
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    Muted,
    NotAParticipant,
    PostingRightMissing,
)
from conversations.models import LARGE_CONVERSATION, Conversation
from conversations.typing import is_typing_shown
from messaging.membership.bans import ban_person
from tests.cast import leave, make_conversation, make_direct, make_person

pytestmark = pytest.mark.django_db


def test_owner_and_member_are_shown() -> None:
    owner, member = make_person("Olga"), make_person("Mia")
    group = make_conversation(owner, member)
    for person in (owner, member):
        assert is_typing_shown(conversation_id=group.pk, user_id=person.pk)


def test_outsider_is_refused() -> None:
    group = make_conversation(make_person())
    with pytest.raises(ConversationNotFound):
        is_typing_shown(conversation_id=group.pk, user_id=make_person("Otto").pk)


def test_who_has_left_is_refused() -> None:
    leaver = make_person("Leo")
    group = make_conversation(make_person(), leaver)
    leave(group, leaver)
    with pytest.raises(NotAParticipant):
        is_typing_shown(conversation_id=group.pk, user_id=leaver.pk)


def test_a_reader_of_a_public_one_is_refused_and_a_banned_one_knows_of_none() -> None:
    owner, reader = make_person(), make_person("Rita")
    public = make_conversation(owner, kind="public")
    with pytest.raises(NotAParticipant):
        is_typing_shown(conversation_id=public.pk, user_id=reader.pk)
    ban_person(conversation_id=public.pk, by=owner.pk, user_id=reader.pk)
    with pytest.raises(ConversationNotFound):
        is_typing_shown(conversation_id=public.pk, user_id=reader.pk)


def test_in_a_broadcast_it_is_not_told() -> None:
    owner, member = make_person(), make_person("Mia")
    broadcast = make_conversation(owner, member, kind="broadcast")
    assert not is_typing_shown(conversation_id=broadcast.pk, user_id=owner.pk)
    with pytest.raises(PostingRightMissing):
        is_typing_shown(conversation_id=broadcast.pk, user_id=member.pk)


def test_in_a_large_conversation_it_is_not_told() -> None:
    owner = make_person()
    group = make_conversation(owner)
    for count, published in ((LARGE_CONVERSATION, True), (LARGE_CONVERSATION + 1, False)):
        Conversation.objects.filter(pk=group.pk).update(member_count=count)
        assert is_typing_shown(conversation_id=group.pk, user_id=owner.pk) is published


def test_in_a_locked_one_it_is_refused() -> None:
    owner = make_person()
    group = make_conversation(owner, locked_at=timezone.now())
    with pytest.raises(ConversationLocked):
        is_typing_shown(conversation_id=group.pk, user_id=owner.pk)


def test_who_is_muted_is_refused() -> None:
    owner = make_person()
    group = make_conversation(owner)
    mute = Mute.objects.create(user=owner)
    with pytest.raises(Muted):
        is_typing_shown(conversation_id=group.pk, user_id=owner.pk)
    mute.ends_at = timezone.now()
    mute.save()
    assert is_typing_shown(conversation_id=group.pk, user_id=owner.pk)


@pytest.mark.parametrize("by_typist", [True, False])
def test_a_block_between_the_two_of_a_direct_one_refuses(by_typist: bool) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    direct, group = make_direct(ann, bob), make_conversation(ann, bob)
    assert is_typing_shown(conversation_id=direct.pk, user_id=ann.pk)
    blocker, blocked = (ann, bob) if by_typist else (bob, ann)
    block_person(blocker_id=blocker.pk, person_id=blocked.pk)
    with pytest.raises(Blocked):
        is_typing_shown(conversation_id=direct.pk, user_id=ann.pk)
    assert is_typing_shown(conversation_id=group.pk, user_id=ann.pk)


def test_a_conversation_with_oneself_is_like_any() -> None:
    ann = make_person("Ann")
    direct = make_direct(ann, ann)
    assert is_typing_shown(conversation_id=direct.pk, user_id=ann.pk)
