"""What the follower writes: each conversation once, up to a number of members."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from conversations.models import Conversation, Participant
from conversations.own_state import archive_conversation, pin_conversation
from messaging.inbox.applying import apply_changes
from messaging.inbox.integrity import check_entries, count_behind
from messaging.maintenance.erasure import close_account_for_erasure, finish_erasure
from messaging.maintenance.repairs import repair_counters
from messaging.membership.create_conversation import Plan, create_conversation, open_direct
from messaging.membership.members import add_people, join_conversation, leave_conversation
from messaging.models import InboxCursor, InboxEntry, InboxState
from messaging.moderation.actions.notices import notices_of, warn_person
from messaging.reads.inbox.conversations import Filters, list_inbox
from tests.cast import make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.inbox.keeping import begin, catch_up

pytestmark = pytest.mark.django_db


def differences() -> list[tuple[Any, ...]]:
    return [it for checked in check_entries() for it in checked.differences]


def order_of(person: User, **filters: Any) -> list[str]:
    found = list_inbox(user_id=person.pk, after=None, limit=50, filters=Filters(**filters))
    return [each["id"] for each in found.entries]


def entry_of(conversation: Conversation, person: User) -> InboxEntry:
    return InboxEntry.objects.get(conversation=conversation, user=person)


def test_entries_begin_with_what_is_there(scene: Scene) -> None:
    """Pins, archives, and conversations that nobody has ever written in."""
    pin_conversation(conversation_id=scene.id, user_id=scene.member.pk)
    archive_conversation(conversation_id=scene.id, user_id=scene.admin.pk)
    empty = make_direct(scene.member, scene.admin)

    catch_up()

    assert entry_of(scene.conversation, scene.member).pinned > timezone.now() - timedelta(hours=1)
    assert entry_of(scene.conversation, scene.admin).is_archived
    assert entry_of(empty, scene.member).active_at == empty.created_at
    assert not InboxEntry.objects.filter(user=scene.outsider).exists()
    assert (differences(), count_behind()) == ([], 0)


def test_many_messages_are_one_write(scene: Scene) -> None:
    catch_up()
    before = InboxState.objects.get()
    for number in range(5):
        say(scene.conversation, scene.owner, str(number))

    done = catch_up()

    inside = Participant.objects.open().filter(conversation=scene.id).count()
    assert (done.written, done.coalesced) == (inside, 4)
    after = InboxState.objects.get()
    assert (after.written - before.written, after.coalesced) == (inside, before.coalesced + 4)
    assert catch_up().written == 0


def test_what_moves_no_order_writes_no_entry(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    catch_up()
    join_conversation_of(scene)
    say(scene.conversation, scene.owner, "in a thread", thread_seq=1)

    assert count_behind() == 1
    assert catch_up().written == 0
    assert (differences(), count_behind()) == ([], 0)


def join_conversation_of(scene: Scene) -> None:
    add_people(conversation_id=scene.id, by=scene.owner.pk, user_ids=[scene.outsider.pk])


def test_new_conversations_are_in_inboxes_at_once(scene: Scene) -> None:
    begin()
    plan = Plan(scene.owner.pk, "group", "New", member_ids=[scene.member.pk])
    group = create_conversation(plan).conversation_id
    direct = open_direct(user_id=scene.owner.pk, other_id=scene.outsider.pk).conversation_id
    warn_person(person_id=scene.member.pk, by=make_person("Mo", is_staff=True, is_superuser=True))

    places = set(InboxEntry.objects.values_list("user", "conversation"))
    assert places == {
        (scene.owner.pk, group),
        (scene.member.pk, group),
        (scene.owner.pk, direct),
        (scene.outsider.pk, direct),
        (scene.member.pk, notices_of(scene.member.pk)),
    }


def test_nothing_is_kept_before_the_follower_has_begun(scene: Scene) -> None:
    join_conversation_of(scene)
    pin_conversation(conversation_id=scene.id, user_id=scene.outsider.pk)
    leave_conversation(conversation_id=scene.id, user_id=scene.member.pk)
    assert not InboxEntry.objects.exists()


def test_a_conversation_that_grows_over_the_limit_is_read_by_counters(
    scene: Scene, settings: Settings
) -> None:
    settings.INBOX, settings.INBOX_MEMBERS = "entries", 4
    other = make_conversation(scene.owner)
    inside = Participant.objects.open().filter(conversation=scene.id).count()
    assert inside == 4
    catch_up()
    assert entry_of(scene.conversation, scene.owner).fans_out

    join_conversation_of(scene)
    assert catch_up().written == 5
    assert not InboxEntry.objects.filter(conversation=scene.id, fans_out=True).exists()
    say(other, scene.owner)
    say(scene.conversation, scene.outsider)
    assert catch_up().written == 1  # of the small one alone
    assert order_of(scene.owner) == [str(scene.id), str(other.pk)]

    leave_conversation(conversation_id=scene.id, user_id=scene.outsider.pk)
    assert catch_up().written == 4
    assert entry_of(scene.conversation, scene.owner).fans_out
    assert order_of(scene.owner) == [str(scene.id), str(other.pk)]
    assert differences() == []


def test_who_joins_a_large_conversation_gets_an_entry_of_its_kind(
    scene: Scene, settings: Settings
) -> None:
    settings.INBOX_MEMBERS = 2
    catch_up()
    join_conversation_of(scene)
    assert not entry_of(scene.conversation, scene.outsider).fans_out
    assert differences() == []


def test_another_limit_takes_hold_with_the_next_message(scene: Scene, settings: Settings) -> None:
    catch_up()
    settings.INBOX_MEMBERS = 1
    assert differences() == []
    say(scene.conversation, scene.owner)
    catch_up()
    assert not InboxCursor.objects.get(pk=scene.id).fans_out
    assert differences() == []


def test_what_takes_no_rev_is_written_anew(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    catch_up()
    wrong = timezone.now() + timedelta(days=1)
    Conversation.objects.filter(pk=scene.id).update(last_message_at=wrong)
    InboxEntry.objects.filter(conversation=scene.id).update(active_at=wrong)
    repair_counters(conversation_ids=[scene.id])

    assert count_behind() == 1
    catch_up()
    head = Conversation.objects.get(pk=scene.id)
    assert entry_of(scene.conversation, scene.member).active_at == head.last_message_at
    assert differences() == []


def test_who_was_erased_has_no_inbox(scene: Scene) -> None:
    """Though they stay in their direct conversations, and these are written anew."""
    direct = make_direct(scene.member, scene.owner)
    catch_up()
    close_account_for_erasure(user=scene.member)
    finish_erasure(user=scene.member)
    InboxCursor.objects.filter(pk=direct.pk).delete()
    catch_up()

    assert not InboxEntry.objects.filter(user=scene.member).exists()
    assert entry_of(direct, scene.owner).active_at == direct.created_at
    assert differences() == []


def test_conversations_that_are_gone_are_passed_over(scene: Scene) -> None:
    begin()
    gone = make_conversation(scene.owner).pk
    Participant.objects.filter(conversation=gone).delete()
    Conversation.objects.filter(pk=gone).delete()
    assert apply_changes([scene.id]).left == []
    assert apply_changes([gone]).written == 0


def test_rejoining_is_at_the_place_of_the_last_message(scene: Scene, settings: Settings) -> None:
    settings.INBOX = "entries"
    other = make_conversation(scene.member)
    catch_up()
    leave_conversation(conversation_id=scene.id, user_id=scene.member.pk)
    assert order_of(scene.member) == [str(other.pk)]
    say(scene.conversation, scene.owner)
    join_conversation(conversation_id=scene.id, user_id=scene.member.pk)

    assert order_of(scene.member) == [str(scene.id), str(other.pk)]
    catch_up()
    assert order_of(scene.member) == [str(scene.id), str(other.pk)]
    assert order_of(scene.member, left=True) == []
