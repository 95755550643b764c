"""For whom presence is, who may write first, and who may set it: one's own account alone."""

from typing import Any

import pytest

from accounts.models import Contact, User
from accounts.people.privacy import set_privacy
from conversations.models import Conversation, JoinRequest, Participant
from conversations.presence import visible_presence
from messaging.membership.join_requests import accept_join_request
from tests.cast import api, leave, make_conversation, make_direct, make_person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_paths")]

PATH = "/v1/users/me/privacy"


def change(person: User, **body: Any) -> Any:
    return api(person).patch(PATH, body, format="json")


def know(owner: User, person: User) -> None:
    Contact.objects.create(owner=owner, person=person)


def sees(viewer: User, person: User) -> bool:
    return (viewer.pk, person.pk) in visible_presence({viewer.pk: [person.pk]})


def test_each_is_set_by_itself() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    open_to_all = dict.fromkeys(("presence", "receipts", "writing", "adding"), "everyone")

    assert api(ann).get("/v1/users/me").json()["privacy"] == open_to_all
    assert change(ann, writing="contacts").json() == open_to_all | {"writing": "contacts"}
    assert change(ann, presence="nobody").json()["presence"] == "nobody"
    assert api(ann).get("/v1/users/me").json()["hidesPresence"] is True
    assert change(ann, presence="everyone").json()["presence"] == "everyone"
    assert "privacy" not in api(ben).get(f"/v1/users/{ann.pk}").json()
    assert api(None).patch(PATH, {}, format="json").status_code == 401


@pytest.mark.parametrize("body", [{"presence": "friends"}, {"adding": 1}, {"writing": True}])
def test_a_wrong_one_changes_nothing(body: dict[str, Any]) -> None:
    ann = make_person("Ann")

    answer = change(ann, receipts="nobody", **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    ann.refresh_from_db()
    assert ann.receipts_for == "everyone"


def test_who_hides_presence_sees_none_either() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben"), make_person("Cem")
    make_conversation(ann, ben, cem)
    set_privacy(user=ann, presence="nobody")

    assert not sees(ben, ann)
    assert not sees(ann, ben)
    assert sees(ann, ann)
    assert sees(ben, cem)


def test_presence_for_contacts_goes_both_ways() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben"), make_person("Cem")
    make_conversation(ann, ben, cem)
    know(ann, ben)
    set_privacy(user=ann, presence="contacts")

    assert sees(ben, ann)
    assert sees(ann, ben)
    assert not sees(cem, ann)
    assert not sees(ann, cem)
    set_privacy(user=ben, presence="contacts")
    assert not sees(ben, ann)


def receipts(viewer: User, conversation: Conversation, seq: int) -> list[tuple[bool, bool]]:
    path = f"/v1/conversations/{conversation.pk}/messages/{seq}/receipts"
    return [(it["delivered"], it["read"]) for it in api(viewer).get(path).json()["results"]]


def status(sender: User, conversation: Conversation, seq: int) -> str:
    path = f"/v1/conversations/{conversation.pk}/messages/{seq}"
    return str(api(sender).get(path).json()["status"])


def read(person: User, conversation: Conversation, seq: int) -> None:
    path = f"/v1/conversations/{conversation.pk}/read"
    assert api(person).post(path, {"seq": seq}, format="json").status_code == 200


@pytest.mark.parametrize(
    ("hider", "audience", "knows", "is_told"),
    [
        ("reader", "everyone", False, True),
        ("reader", "contacts", False, False),
        ("reader", "contacts", True, True),
        ("reader", "nobody", True, False),
        ("sender", "nobody", True, False),
        ("sender", "contacts", False, False),
    ],
)
def test_receipts_between_two(hider: str, audience: str, knows: bool, is_told: bool) -> None:
    sender, reader = make_person("Ann"), make_person("Ben")
    direct = make_direct(sender, reader)
    who, other = (reader, sender) if hider == "reader" else (sender, reader)
    if knows:
        know(who, other)
    set_privacy(user=who, receipts=audience)
    seq = say(direct, sender)["seq"]

    read(reader, direct, seq)

    assert status(sender, direct, seq) == ("read" if is_told else "sent")
    assert receipts(sender, direct, seq) == [(is_told, is_told)]
    unread = api(reader).get(f"/v1/conversations/{direct.pk}").json()["unread"]
    assert unread == 0


def test_receipts_in_a_group() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben"), make_person("Cem")
    group = make_conversation(ann, ben, cem)
    set_privacy(user=ben, receipts="contacts")
    seq = say(group, ann)["seq"]
    for person in (ben, cem):
        read(person, group, seq)

    told = receipts(ann, group, seq)
    assert sorted(told) == [(False, False), (True, True)]
    mine = say(group, ben)["seq"]
    for person in (ann, cem):
        read(person, group, mine)
    assert receipts(ben, group, mine) == [(False, False)] * 2
    assert status(ben, group, mine) == "sent"
    assert receipts(cem, group, mine) == [(True, True)] * 2


@pytest.mark.parametrize(
    ("audience", "knows", "is_refused"),
    [("everyone", False, False), ("contacts", True, False), ("contacts", False, True),
     ("nobody", True, True)],
)  # fmt: skip
def test_who_may_write_first(audience: str, knows: bool, is_refused: bool) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    if knows:
        know(ann, ben)
    set_privacy(user=ann, writing=audience)
    body = {"isGroup": False, "memberIds": [str(ann.pk)]}

    answer = api(ben).post("/v1/conversations", body, format="json")

    if is_refused:
        assert (answer.status_code, answer.json()["code"]) == (403, "writing_not_allowed")
        assert not Conversation.objects.exists()
        back = {"isGroup": False, "memberIds": [str(ben.pk)]}
        assert api(ann).post("/v1/conversations", back, format="json").status_code == 201
        # Now the other one may go on.
        assert api(ben).post("/v1/conversations", body, format="json").status_code == 200
    else:
        assert answer.status_code == 201


def add(by: User, conversation: Conversation, *people: User) -> Any:
    body = {"memberIds": [str(each.pk) for each in people]}
    path = f"/v1/conversations/{conversation.pk}/participants"
    return api(by).post(path, body, format="json")


def members(conversation: Conversation) -> set[Any]:
    inside = Participant.objects.open().filter(conversation=conversation)
    return set(inside.values_list("user_id", flat=True))


def test_being_added_becomes_a_request_that_is_accepted() -> None:
    ann, ben, cem, dan = (make_person(name) for name in ("Ann", "Ben", "Cem", "Dan"))
    group = make_conversation(ann, ben)
    set_privacy(user=cem, adding="contacts")

    answer = add(ann, group, cem, dan)
    add(ben, group, cem)

    assert answer.status_code < 300
    assert members(group) == {ann.pk, ben.pk, dan.pk}
    (asked,) = api(cem).get("/v1/join-requests").json()["results"]
    assert (asked["conversation"]["name"], asked["by"]["name"]) == (group.title, "Ann")
    assert api(dan).get("/v1/join-requests").json() == {"results": []}
    accept = f"/v1/join-requests/{asked['id']}/accept"
    assert api(dan).post(accept).json()["code"] == "join_request_not_found"
    accepted = api(cem).post(accept)
    assert (accepted.status_code, accepted.json()["id"]) == (200, str(group.pk))
    assert cem.pk in members(group)
    assert api(cem).post(accept).status_code == 404


def test_a_request_is_refused_and_nobody_is_told() -> None:
    ann, cem = make_person("Ann"), make_person("Cem")
    group = make_conversation(ann)
    set_privacy(user=cem, adding="nobody")
    add(ann, group, cem)
    request = JoinRequest.objects.get()

    assert api(ann).delete(f"/v1/join-requests/{request.pk}").status_code == 404
    assert api(cem).delete(f"/v1/join-requests/{request.pk}").status_code == 204
    assert members(group) == {ann.pk}
    assert not JoinRequest.objects.exists()


def test_a_new_group_asks_too() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben"), make_person("Cem")
    set_privacy(user=cem, adding="contacts")
    know(cem, ben)
    body = {"name": "New", "isGroup": True, "memberIds": [str(ben.pk), str(cem.pk)]}

    made = api(ann).post("/v1/conversations", body, format="json").json()
    by_friend = {"name": "Known", "isGroup": True, "memberIds": [str(cem.pk)]}
    known = api(ben).post("/v1/conversations", by_friend, format="json").json()

    assert made["memberCount"] == 2
    assert known["memberCount"] == 2
    assert JoinRequest.objects.get().user_id == cem.pk


def test_who_asked_must_still_have_the_right() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben"), make_person("Cem")
    group = make_conversation(ann, admins=(ben,))
    set_privacy(user=cem, adding="nobody")
    add(ben, group, cem)
    leave(group, ben)

    answer = api(cem).post(f"/v1/join-requests/{JoinRequest.objects.get().pk}/accept")

    assert answer.status_code == 403
    assert cem.pk not in members(group)


def test_who_joined_by_another_way_is_in_once() -> None:
    ann, cem = make_person("Ann"), make_person("Cem")
    group = make_conversation(ann)
    set_privacy(user=cem, adding="nobody")
    add(ann, group, cem)
    Participant.objects.create(conversation=group, user=cem)

    accept_join_request(user_id=cem.pk, request_id=JoinRequest.objects.get().pk)

    assert Participant.objects.open().filter(conversation=group, user=cem).count() == 1
