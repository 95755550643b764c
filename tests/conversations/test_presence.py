"""Whose presence a person may see: GET /v1/presence, and the rule behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import LastSeen, User
from accounts.people.accounts import close_account, update_profile
from accounts.people.blocks import block_person, unblock_person
from accounts.people.contacts import add_contact, remove_contact
from accounts.people.last_seen import keep_last_seen
from chatproject.realtime.control import PRESENCE_RIGHTS_CHANGED
from conversations.models import Participant
from conversations.presence import visible_presence
from messaging.membership.bans import ban_person
from messaging.membership.members import add_people, leave_conversation, remove_person
from tests.accounts.scene import Outlet, is_refused
from tests.cast import api, leave, make_conversation, make_direct, make_person

pytestmark = pytest.mark.django_db
SEEN_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


@pytest.fixture
def bob() -> User:
    return make_person("Bob")


def sees(viewer: User, person: User) -> bool:
    return visible_presence({viewer.pk: [person.pk]}) == {(viewer.pk, person.pk)}


def read_presence(viewer: User, *people: UUID | str) -> Any:
    return api(viewer).get("/v1/presence", {"userIds": ",".join(map(str, people))})


# -- the rule


def test_strangers_do_not_see_each_other(ann: User, bob: User) -> None:
    assert not sees(ann, bob)


@pytest.mark.parametrize("kind", ["group", "public", "broadcast"])
def test_people_in_one_conversation_see_each_other(ann: User, bob: User, kind: str) -> None:
    make_conversation(ann, bob, kind=kind)
    assert sees(ann, bob)
    assert sees(bob, ann)


def test_the_two_of_a_direct_conversation_see_each_other(ann: User, bob: User) -> None:
    make_direct(ann, bob)
    assert sees(ann, bob)


def test_who_has_left_sees_and_is_seen_no_more(ann: User, bob: User) -> None:
    group = make_conversation(ann, bob)
    leave(group, bob)
    assert not sees(ann, bob)
    assert not sees(bob, ann)


def test_one_of_two_conversations_is_enough(ann: User, bob: User) -> None:
    group = make_conversation(ann, bob)
    make_conversation(bob, ann)
    leave(group, bob)
    assert sees(ann, bob)


def test_a_contact_sees_who_keeps_them_and_not_the_other_way(ann: User, bob: User) -> None:
    """Else anybody could be watched by being put into an address book."""
    add_contact(owner_id=ann.pk, person_id=bob.pk)
    assert sees(bob, ann)
    assert not sees(ann, bob)


@pytest.mark.parametrize("by_viewer", [True, False])
def test_a_block_hides_both_from_each_other(ann: User, bob: User, by_viewer: bool) -> None:
    make_conversation(ann, bob)
    add_contact(owner_id=bob.pk, person_id=ann.pk)
    blocker, blocked = (ann, bob) if by_viewer else (bob, ann)
    block_person(blocker_id=blocker.pk, person_id=blocked.pk)
    assert not sees(ann, bob)
    unblock_person(blocker_id=blocker.pk, person_id=blocked.pk)
    assert sees(ann, bob)


def test_who_hides_it_is_seen_by_oneself_alone(ann: User, bob: User) -> None:
    make_conversation(ann, bob)
    update_profile(user=bob, hides_presence=True)
    assert not sees(ann, bob)
    assert sees(bob, bob)
    assert not sees(bob, ann)  # what one hides one does not see either


def test_a_closed_account_is_not_seen(ann: User, bob: User) -> None:
    add_contact(owner_id=bob.pk, person_id=ann.pk)
    close_account(user=bob)
    assert not sees(ann, bob)


def test_many_viewers_are_one_statement(
    ann: User, bob: User, django_assert_num_queries: Any
) -> None:
    eve = make_person("Eve")
    make_conversation(ann, bob)
    people = [ann.pk, bob.pk, eve.pk, uuid4()]
    with django_assert_num_queries(1):
        visible = visible_presence({ann.pk: people, eve.pk: people})
    assert visible == {(ann.pk, ann.pk), (ann.pk, bob.pk), (eve.pk, eve.pk)}


# -- over REST


def test_last_seen_is_told_to_who_may_know(ann: User, bob: User) -> None:
    make_conversation(ann, bob)
    eve = make_person("Eve")
    keep_last_seen({bob.pk: SEEN_AT, eve.pk: SEEN_AT})
    assert read_presence(ann, bob.pk, eve.pk, bob.pk).json() == {
        "results": [
            {
                "userId": str(bob.pk),
                "status": "offline",
                "lastSeenAt": "2026-01-31T09:30:00.000000Z",
            },
            {"userId": str(eve.pk), "status": "unknown", "lastSeenAt": None},
        ],
        "next": None,
        "previous": None,
    }


def test_who_does_not_exist_is_as_unknown_as_a_stranger(ann: User) -> None:
    nobody = str(uuid4())
    assert read_presence(ann, nobody).json()["results"] == [
        {"userId": nobody, "status": "unknown", "lastSeenAt": None}
    ]


@pytest.mark.parametrize(
    ("ids", "field"), [([], "userIds"), (["x"], "userIds"), ([uuid4()] * 201, "userIds")]
)
def test_bad_ids_are_refused(ann: User, ids: list[Any], field: str) -> None:
    assert is_refused(read_presence(ann, *ids), 400, "invalid_input", field)


def test_nobody_is_told_without_signing_in(bob: User) -> None:
    assert is_refused(api().get("/v1/presence", {"userIds": str(bob.pk)}), 401, "not_authenticated")


def test_hiding_is_a_setting_of_ones_own(ann: User) -> None:
    answer = api(ann).patch("/v1/users/me", {"hidesPresence": True}, format="json")
    assert answer.json()["hidesPresence"] is True
    answer = api(ann).patch("/v1/users/me", {"name": "Anna"}, format="json")
    assert answer.json()["hidesPresence"] is True
    answer = api(ann).patch("/v1/users/me", {"hidesPresence": "yes"}, format="json")
    assert is_refused(answer, 400, "invalid_input", "hidesPresence")


# -- last seen


def test_an_earlier_time_changes_nothing(ann: User) -> None:
    keep_last_seen({ann.pk: SEEN_AT})
    keep_last_seen({ann.pk: SEEN_AT.replace(year=2025)})
    assert LastSeen.objects.get().at == SEEN_AT
    keep_last_seen({ann.pk: SEEN_AT.replace(year=2027)})
    assert LastSeen.objects.get().at.year == 2027


def test_many_are_one_statement(ann: User, bob: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        keep_last_seen({ann.pk: SEEN_AT, bob.pk: SEEN_AT, uuid4(): SEEN_AT})
    assert LastSeen.objects.count() == 2
    keep_last_seen({})


# -- the command that rights have changed


@pytest.fixture
def invalidated(django_capture_on_commit_callbacks: Any) -> Iterator[Any]:
    """Those whose rights are to be asked anew after an action was carried out."""
    outlet = Outlet()

    def after(action: Any, **arguments: Any) -> set[str]:
        outlet.commands.clear()
        with django_capture_on_commit_callbacks(execute=True):
            action(**arguments)
        return {
            user_id
            for command in outlet.commands
            if command.kind == PRESENCE_RIGHTS_CHANGED
            for user_id in command.fields["userIds"]
        }

    yield after
    outlet.close()


def test_blocks_and_contacts_are_said(ann: User, bob: User, invalidated: Any) -> None:
    said = {str(ann.pk)}
    assert invalidated(block_person, blocker_id=ann.pk, person_id=bob.pk) == said
    assert invalidated(block_person, blocker_id=ann.pk, person_id=bob.pk) == set()
    assert invalidated(unblock_person, blocker_id=ann.pk, person_id=bob.pk) == said
    assert invalidated(add_contact, owner_id=ann.pk, person_id=bob.pk) == said
    assert invalidated(add_contact, owner_id=ann.pk, person_id=bob.pk) == set()
    assert invalidated(remove_contact, owner_id=ann.pk, person_id=bob.pk) == said
    assert invalidated(update_profile, user=ann, hides_presence=True) == said
    assert invalidated(update_profile, user=ann, name="Anna") == set()


def test_coming_and_going_is_said(ann: User, bob: User, invalidated: Any) -> None:
    said = {str(bob.pk)}
    group = {"conversation_id": make_conversation(ann).pk}
    assert invalidated(add_people, **group, by=ann.pk, user_ids=[bob.pk]) == said
    assert invalidated(leave_conversation, **group, user_id=bob.pk) == said
    assert invalidated(add_people, **group, by=ann.pk, user_ids=[bob.pk]) == said
    assert invalidated(remove_person, **group, by=ann.pk, user_id=bob.pk) == said
    assert invalidated(add_people, **group, by=ann.pk, user_ids=[bob.pk]) == said
    assert invalidated(ban_person, **group, by=ann.pk, user_id=bob.pk) == said
    assert not Participant.objects.open().filter(user=bob).exists()
