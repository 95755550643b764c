"""Calling for a moderator: what may be reported by whom, what is pictured, and who sees it."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.people.accounts import close_account
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.log import writing
from messaging.moderation.actions.handling import dismiss_reports
from messaging.moderation.actions.reports import erase_from_reports
from messaging.moderation.models import CONTEXT, Report
from tests.accounts.scene import is_refused
from tests.cast import api, leave, make_conversation, make_direct, make_person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk() -> Any:
    owner, member, outsider = make_person("Owner"), make_person("Member"), make_person("Outsider")
    return make_conversation(owner, member), owner, member, outsider


def report(client: Any, **body: Any) -> Any:
    body.setdefault("reason", "spam")
    return api(client).post("/v1/reports", body, format="json")


def of(conversation: Any, seq: int | None = None) -> dict[str, Any]:
    place: dict[str, Any] = {"conversationId": str(conversation.pk)}
    return place if seq is None else {**place, "seq": seq}


def test_a_message_is_reported_with_its_context(talk: Any) -> None:
    group, owner, member, _ = talk
    for number in range(3 * CONTEXT):
        say(group, owner, f"text {number + 1}")
    seq = CONTEXT + 5

    answer = report(member, **of(group, seq), reason="harassment", comment=" look ")

    assert answer.status_code == 201
    body = answer.json()
    assert (body["userId"], body["seq"], body["state"]) == (str(owner.pk), seq, "open")
    kept = Report.objects.get()
    assert (kept.reporter, kept.person, kept.reason) == (member, owner, "harassment")
    assert kept.comment == "look"
    assert [each["seq"] for each in kept.snapshot] == list(range(5, seq + CONTEXT + 1))
    assert (kept.from_seq, kept.to_seq) == (5, seq + CONTEXT)
    assert kept.snapshot[CONTEXT]["content"] == f"text {seq}"


def test_the_snapshot_outlives_edits_and_deletion(talk: Any) -> None:
    group, owner, member, _ = talk
    said = say(group, owner, "something foul")["seq"]
    report(member, **of(group, said))

    edit_message(conversation_id=group.pk, user_id=owner.pk, seq=said, body="sorry")
    delete_message(conversation_id=group.pk, user_id=owner.pk, seq=said)

    (pictured,) = Report.objects.get().snapshot
    assert (pictured["content"], pictured["isDeleted"]) == ("something foul", False)


def test_the_same_again_is_the_same_report_until_it_is_settled(talk: Any) -> None:
    group, owner, member, _ = talk
    say(group, owner)
    first = report(member, **of(group, 1))
    again = report(member, **of(group, 1), reason="hate")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    dismiss_reports(report_ids=[Report.objects.get().pk], by=make_person("Mod", is_staff=True))
    assert report(member, **of(group, 1)).status_code == 201


def test_a_conversation_is_reported(talk: Any) -> None:
    group, owner, member, _ = talk
    say(group, owner, "one")

    assert report(member, **of(group)).status_code == 201

    kept = Report.objects.get()
    assert (kept.person, kept.seq, kept.from_seq, kept.to_seq) == (None, None, 1, 1)
    assert [each["content"] for each in kept.snapshot] == ["one"]


def test_a_direct_conversation_is_about_the_other_one() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    report(ann, **of(make_direct(ann, bob)))
    assert Report.objects.get().person == bob


def test_a_person_is_reported_and_opens_nothing() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")

    assert report(ann, userId=str(bob.pk)).status_code == 201

    kept = Report.objects.get()
    assert (kept.person, kept.conversation, kept.from_seq, kept.snapshot) == (bob, None, None, [])


def test_an_outsider_learns_nothing_of_it(talk: Any) -> None:
    group, owner, _, outsider = talk
    say(group, owner)
    for body in (of(group, 1), of(group)):
        assert is_refused(report(outsider, **body), 404, "conversation_not_found")
    nowhere = {"conversationId": str(uuid4())}
    assert is_refused(report(outsider, **nowhere), 404, "conversation_not_found")
    assert not Report.objects.exists()


def test_who_has_left_reports_what_they_still_see_and_no_more(talk: Any) -> None:
    group, owner, member, _ = talk
    say(group, owner, "before")
    leave(group, member)
    say(group, owner, "after")

    assert is_refused(report(member, **of(group, 3)), 404, "message_not_found")
    assert report(member, **of(group, 1)).status_code == 201
    assert "after" not in [each["content"] for each in Report.objects.get().snapshot]


def test_what_cannot_be_reported(talk: Any) -> None:
    group, owner, member, _ = talk
    say(group, owner, "gone soon")
    say(group, member, "own")
    with writing(group.pk) as log:
        log.append_system("conversation.renamed", by=owner.pk, title="x")
    delete_message(conversation_id=group.pk, user_id=owner.pk, seq=1)

    assert is_refused(report(member, **of(group, 1)), 409, "message_deleted")
    assert is_refused(report(member, **of(group, 2)), 400, "invalid_input", "seq")
    assert is_refused(report(member, **of(group, 3)), 403, "system_message")
    assert is_refused(report(member, **of(group, 9)), 404, "message_not_found")
    assert is_refused(report(member, userId=str(member.pk)), 400, "invalid_input", "userId")
    assert is_refused(report(member, userId=str(uuid4())), 404, "person_not_found")
    assert is_refused(report(member), 400, "invalid_input", "conversationId")
    assert not Report.objects.exists()


def test_a_closed_account_cannot_be_reported() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    close_account(user=bob)
    assert is_refused(report(ann, userId=str(bob.pk)), 404, "person_not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", "boredom"),
        ("reason", "word"),
        ("reason", None),
        ("comment", 5),
        ("comment", "x" * 2001),
        ("conversationId", "x"),
        ("userId", 7),
        ("seq", 0),
        ("seq", "1"),
        ("seq", True),
    ],
)
def test_a_body_of_another_shape_is_refused(talk: Any, field: str, value: object) -> None:
    group, owner, member, _ = talk
    say(group, owner)
    assert is_refused(report(member, **{**of(group, 1), field: value}), 400, "invalid_input", field)
    assert not Report.objects.exists()


def test_nobody_reports_without_limit(settings: Any) -> None:
    settings.RATE_LIMITS = True
    ann = make_person("Ann")
    people = [make_person("Bob") for _ in range(21)]
    codes = [report(ann, userId=str(person.pk)).status_code for person in people]
    assert codes == [201] * 20 + [429]
    assert report(make_person("Eve"), userId=str(ann.pk)).status_code == 201


def test_one_sees_ones_own_reports_alone(talk: Any) -> None:
    _, owner, member, outsider = talk
    for person in (owner, outsider):
        report(member, userId=str(person.pk))
    report(owner, userId=str(member.pk))

    listed = api(member).get("/v1/reports").json()["results"]
    assert [each["userId"] for each in listed] in (
        [str(outsider.pk), str(owner.pk)],
        [str(owner.pk), str(outsider.pk)],  # made in the same millisecond
    )
    page = api(member).get("/v1/reports?limit=1").json()
    rest = api(member).get(f"/v1/reports?limit=1&cursor={page['next']}").json()
    assert page["results"] + rest["results"] == listed
    one = listed[0]["id"]
    assert api(member).get(f"/v1/reports/{one}").json() == listed[0]
    assert is_refused(api(owner).get(f"/v1/reports/{one}"), 404, "report_not_found")
    assert is_refused(api(member).get(f"/v1/reports/{uuid4()}"), 404, "report_not_found")


def test_nobody_is_nobody() -> None:
    for answer in (api().get("/v1/reports"), api().post("/v1/reports", {}, format="json")):
        assert is_refused(answer, 401, "not_authenticated")


def test_erasing_somebody_empties_snapshots_and_words(talk: Any) -> None:
    group, owner, member, outsider = talk
    say(group, owner, "by owner")
    say(group, member, "by member")
    report(member, **of(group, 1), comment="the reporter's words")
    report(outsider, userId=str(owner.pk), comment="others' words")

    assert erase_from_reports(user_id=member.pk) == 2

    kept = Report.objects.get(reporter=member)
    assert [each["content"] for each in kept.snapshot] == ["by owner", ""]
    assert kept.comment == ""
    assert Report.objects.get(reporter=outsider).comment == "others' words"
