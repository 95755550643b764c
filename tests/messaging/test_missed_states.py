"""What the reconciler finds of people's own views that no event has told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from accounts.models import User
from chatproject.realtime.hub_queries import ChangedStates
from conversations import own_state
from conversations.models import Participant
from messaging.actions.receipts import mark_read
from messaging.ws.changed_states import changed_states
from tests.cast import make_conversation, make_person, say
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def mark_of_told(person: User) -> str:
    """Before which all is that was written so far. What was written while other transactions were
    open, such as those of tests beside this one, comes again until they are over."""
    marks = [changed_states([person.pk], "").mark]

    def is_all_told() -> bool:
        found = changed_states([person.pk], marks[-1])
        marks.append(found.mark)
        return not found.states

    eventually(is_all_told, seconds=120)  # as long as a test beside this one may take
    return marks[-1]


def test_only_what_was_written_since_the_mark_and_only_of_those_asked_for() -> None:
    """What was written shortly before the mark may come again: other transactions are open."""
    owner, member, outsider = make_person(), make_person(), make_person()
    group, other = make_conversation(owner, member), make_conversation(owner, member)
    say(group, owner, "hello")
    own_state.set_notify(conversation_id=other.pk, user_id=member.pk, notify="none")
    mark = changed_states([owner.pk, member.pk], "").mark

    def found(*people: User) -> dict[tuple[UUID, str], dict[str, Any]]:
        states = changed_states([it.pk for it in people], mark).states
        return {(who, event["conversationId"]): event for who, event in states}

    new = (member.pk, str(group.pk))
    assert new not in found(owner, member)
    own_state.set_notify(conversation_id=group.pk, user_id=member.pk, notify="none")
    mark_read(conversation_id=group.pk, user_id=member.pk, seq=1)
    event = found(owner, member, outsider)[new]
    assert (event["stateRev"], event["notify"], event["lastReadSeq"]) == (2, "none", 1)
    assert all(who != member.pk for who, _ in found(owner, outsider))


def test_what_was_not_yet_committed_is_found_the_next_time() -> None:
    owner = make_person()
    group, other = make_conversation(owner), make_conversation(owner)
    mark = changed_states([owner.pk], "").mark

    def ask() -> ChangedStates:
        try:
            return changed_states([owner.pk], mark)
        finally:
            connection.close()

    with transaction.atomic():
        own_state.pin_conversation(conversation_id=group.pk, user_id=owner.pk)
        with ThreadPoolExecutor(1) as pool:
            from_another_connection = pool.submit(ask).result()
    assert from_another_connection.states == []
    own_state.pin_conversation(conversation_id=other.pk, user_id=owner.pk)
    found = changed_states([owner.pk], from_another_connection.mark)
    assert {event["conversationId"] for _, event in found.states} == {str(group.pk), str(other.pk)}


def test_a_new_member_has_nothing_to_be_told() -> None:
    owner = make_person()
    mark = changed_states([owner.pk], "").mark
    make_conversation(owner)
    assert Participant.objects.filter(user=owner).exists()
    assert changed_states([owner.pk], mark).states == []


def test_what_was_told_is_not_told_again() -> None:
    """However far apart the nodes of a database have come in numbering their transactions."""
    owner = make_person()
    places = [make_conversation(owner) for _ in range(6)]
    for place in places:
        own_state.pin_conversation(conversation_id=place.pk, user_id=owner.pk)
    mark = mark_of_told(owner)
    for _ in range(40):  # on the node of the first alone
        own_state.unpin_conversation(conversation_id=places[0].pk, user_id=owner.pk)
        own_state.pin_conversation(conversation_id=places[0].pk, user_id=owner.pk)
    again = changed_states([owner.pk], mark)
    for place in places:
        own_state.set_notify(conversation_id=place.pk, user_id=owner.pk, notify="none")
    found = changed_states([owner.pk], again.mark)
    told = {event["conversationId"]: event["stateRev"] for _, event in found.states}
    assert told.keys() == {str(place.pk) for place in places}
    assert {event["conversationId"] for _, event in again.states} == {str(places[0].pk)}
