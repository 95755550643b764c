"""Whatever people do to a conversation, in any order: what always holds of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chatproject.core.errors import Refusal
from conversations.errors import ConversationNotFound
from conversations.models import Conversation, Participant
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.change_conversation import change_conversation, open_history
from messaging.membership.create_conversation import Plan, create_conversation
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.membership.roles import change_role
from messaging.models import Message
from tests.cast import make_person, say
from tests.messaging.membership.checks import head_of, roles_of, unread_of, visible_to

pytestmark = pytest.mark.django_db

Act = Callable[[Any, User, User], Any]

ACTS: dict[str, Act] = {
    "say": lambda place, by, _: say(place, by),
    "join": lambda place, by, _: join_conversation(conversation_id=place, user_id=by.pk),
    "leave": lambda place, by, _: leave_conversation(conversation_id=place, user_id=by.pk),
    "add": lambda place, by, other: add_people(
        conversation_id=place, by=by.pk, user_ids=[other.pk]
    ),
    "remove": lambda place, by, other: remove_person(
        conversation_id=place, by=by.pk, user_id=other.pk
    ),
    "ban": lambda place, by, other: ban_person(conversation_id=place, by=by.pk, user_id=other.pk),
    "lift": lambda place, by, other: lift_ban(conversation_id=place, by=by.pk, user_id=other.pk),
    "promote": lambda place, by, other: change_role(
        conversation_id=place, by=by.pk, user_id=other.pk, role="admin"
    ),
    "hand over": lambda place, by, other: change_role(
        conversation_id=place, by=by.pk, user_id=other.pk, role="owner"
    ),
    "show past": lambda place, by, _: change_conversation(
        conversation_id=place, by=by.pk, history="everything"
    ),
    "hide past": lambda place, by, _: change_conversation(
        conversation_id=place, by=by.pk, history="since_joined"
    ),
    "elevate": lambda place, by, _: change_conversation(
        conversation_id=place, by=by.pk, kind="public"
    ),
    "open": lambda place, by, _: open_history(conversation_id=place, by=by.pk),
}
# After these one person may see what a newcomer sees; after the last, everybody may.
COMING_IN = {"join": "by", "add": "other", "lift": "other"}


@dataclass(frozen=True)
class Sights:
    """What each person sees, and how much of it is unread in each open period."""

    head: Conversation
    visible: dict[User, set[int]]
    unread: dict[Any, int]


def look(place: Any, people: list[User]) -> Sights:
    def visible(person: User) -> set[int]:
        try:
            return set(visible_to(place, person))
        except ConversationNotFound:
            return set()

    inside = Participant.objects.open().filter(conversation=place).select_related("user")
    return Sights(
        head=head_of(place),
        visible={person: visible(person) for person in people},
        unread={period.pk: unread_of(place, period.user) for period in inside},
    )


steps = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(["group", "public", "broadcast"]), steps=steps)
def test_owner_count_log_and_past(kind: str, steps: list[tuple[str, int, int]]) -> None:
    people = [make_person(name) for name in ("Ann", "Bob", "Cem", "Dee")]
    plan = Plan(people[0].pk, kind, "Climbing", member_ids=(people[1].pk, people[2].pk))
    place = create_conversation(plan).conversation_id
    before = look(place, people)

    for act, by, other in steps:
        try:
            ACTS[act](place, people[by], people[other])
        except Refusal:
            assert look(place, people) == before
            continue
        after = look(place, people)
        one_owner_as_long_as_anybody_is_in(place)
        the_log_has_no_gap(place, after.head)
        nothing_old_opens(act, people[by], people[other], before, after)
        if act != "say":
            nothing_becomes_unread(before, after)
        before = after


def one_owner_as_long_as_anybody_is_in(place: Any) -> None:
    roles = list(roles_of(place).values())
    assert roles.count("owner") == (1 if roles else 0)


def the_log_has_no_gap(place: Any, head: Conversation) -> None:
    rows = Message.objects.filter(conversation=place).order_by("seq")
    assert list(rows.values_list("seq", flat=True)) == list(range(1, head.last_seq + 1))
    assert head.member_rev <= head.last_rev


def nothing_old_opens(act: str, by: User, other: User, before: Sights, after: Sights) -> None:
    if act == "open":
        return
    newcomer = {"by": by, "other": other}.get(COMING_IN.get(act, ""))
    for person, seqs in after.visible.items():
        opened = {seq for seq in seqs - before.visible[person] if seq <= before.head.last_seq}
        if person == newcomer and after.head.history == "everything":
            opened = {seq for seq in opened if seq < after.head.open_from_seq}
        if person == newcomer and after.head.kind == "public":
            opened = {seq for seq in opened if seq < after.head.open_from_seq}
        assert opened == set(), (act, person)


def nothing_becomes_unread(before: Sights, after: Sights) -> None:
    for period, unread in after.unread.items():
        assert unread == before.unread.get(period, 0)
