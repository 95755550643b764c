"""Mutes, slow mode, word filters and the limits of new accounts: refused, and nothing is stored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Mute, User
from chatproject.core.errors import Refusal
from chatproject.core.ids import uuid7
from conversations.errors import Muted, SlowMode
from messaging.actions.edit import edit_message
from messaging.errors import TooManyInvites, TooManyLinks, WordRefused
from messaging.membership.members import add_people
from messaging.models import Message
from messaging.moderation import word_filters
from messaging.moderation.models import LastPost, Quota, Report, WordFilter
from messaging.moderation.word_filters import normal, word_list
from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.accounts.scene import is_refused
from tests.cast import api, leave, make_conversation, make_person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_paths")]


@pytest.fixture
def talk() -> Any:
    owner, member = make_person("Owner"), make_person("Member")
    return make_conversation(owner, member), owner, member


def mute(person: User, **lasting: float) -> None:
    ends_at = timezone.now() + timedelta(**lasting) if lasting else None
    Mute.objects.create(user=person, ends_at=ends_at)


def refuses(refusal: type[Refusal], do: Callable[[], object]) -> Refusal:
    before = Message.objects.count()
    with pytest.raises(refusal) as caught:
        do()
    assert Message.objects.count() == before
    return caught.value


# -- mutes


def test_a_muted_person_cannot_post_or_edit_and_others_can(talk: Any) -> None:
    group, owner, member = talk
    said = say(group, member, "before")["seq"]
    mute(member, hours=1)

    refusal = refuses(Muted, lambda: say(group, member))
    assert 3500 < refusal.as_json()["retryAfter"] <= 3600
    edit = {"conversation_id": group.pk, "user_id": member.pk, "seq": said, "body": "after"}
    assert 3500 < refuses(Muted, lambda: edit_message(**edit)).as_json()["retryAfter"] <= 3600
    say(group, owner)


def test_a_mute_for_ever_names_no_end(talk: Any) -> None:
    group, _, member = talk
    mute(member)
    answer = api(member).post(
        f"/v1/conversations/{group.pk}/messages", {"content": "x"}, format="json"
    )
    assert is_refused(answer, 403, "muted")
    assert "retryAfter" not in answer.json()
    assert "Retry-After" not in answer


def test_a_mute_ends_by_itself(talk: Any) -> None:
    group, _, member = talk
    mute(member, seconds=-1)
    said = say(group, member)["seq"]
    edit_message(conversation_id=group.pk, user_id=member.pk, seq=said, body="edited")


def test_a_retry_is_answered_before_any_rule_is_asked(talk: Any) -> None:
    group, _, member = talk
    key = uuid4()
    first = say(group, member, "spam", client_id=key)
    mute(member)
    WordFilter.objects.create(word="spam")
    assert say(group, member, "spam", client_id=key)["seq"] == first["seq"]


# -- slow mode


def slow(group: Any, seconds: int) -> None:
    group.slow_seconds = seconds
    group.save(update_fields=["slow_seconds"])


def test_slow_mode_has_members_wait_and_nobody_else(talk: Any) -> None:
    group, owner, member = talk
    slow(group, 60)
    say(group, member)

    refusal = refuses(SlowMode, lambda: say(group, member))
    assert 55 < refusal.as_json()["retryAfter"] <= 60
    assert refusal.headers["Retry-After"] == str(refusal.as_json()["retryAfter"])
    say(group, owner)
    say(group, owner)
    assert list(LastPost.objects.values_list("user", flat=True)) == [member.pk]


def test_slow_mode_over_rest_is_a_429_with_retry_after(talk: Any) -> None:
    group, _, member = talk
    slow(group, 60)
    say(group, member)
    answer = api(member).post(
        f"/v1/conversations/{group.pk}/messages", {"content": "x"}, format="json"
    )
    assert is_refused(answer, 429, "slow_mode")
    assert int(answer["Retry-After"]) == answer.json()["retryAfter"]


def test_after_the_pause_the_next_message_goes(talk: Any) -> None:
    group, _, member = talk
    slow(group, 60)
    say(group, member)
    LastPost.objects.update(at=timezone.now() - timedelta(seconds=61))
    say(group, member)
    refuses(SlowMode, lambda: say(group, member))


def test_of_two_in_one_batch_the_second_waits(talk: Any) -> None:
    group, _, member = talk
    slow(group, 60)
    drafts = [Draft(group.pk, member.pk, uuid4(), text) for text in ("one", "two")]

    first, second = send_messages(drafts)

    assert first.row is not None
    assert isinstance(second.refusal, SlowMode)
    assert second.refusal.retry_after == 60
    assert Message.objects.get().body == "one"


def test_without_slow_mode_nothing_is_kept_of_it(talk: Any) -> None:
    group, _, member = talk
    say(group, member)
    say(group, member)
    assert not LastPost.objects.exists()


# -- word filters


@pytest.mark.parametrize(
    ("word", "text", "is_met"),
    [
        ("spam", "so much SPAM!", True),
        ("spam", "sp\u200bam", True),
        ("spam", "\uff33pam", True),
        ("spam", "spammer", False),
        ("buy now", "Buy,  NOW", True),
        ("buy now", "buy nowhere", False),
        ("straße", "STRASSE", True),
        ("spam", "", False),
    ],
)
def test_a_word_is_met_whole_and_however_it_is_dressed(word: str, text: str, is_met: bool) -> None:
    assert word_list(None, [(normal(word), "refuse")]).judge(text) == (is_met, "")
    assert word_list(None, [(normal(word), "flag")]).judge(text)[1] == (
        normal(word) if is_met else ""
    )


@given(st.text())
def test_the_normal_form_is_one(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_a_refused_word_is_not_posted_and_not_edited_in(talk: Any) -> None:
    group, _, member = talk
    said = say(group, member, "clean")["seq"]
    WordFilter.objects.create(word="spam", act="refuse")

    refuses(WordRefused, lambda: say(group, member, "some Spam"))
    edit = {"conversation_id": group.pk, "user_id": member.pk, "seq": said, "body": "SPAM"}
    refuses(WordRefused, lambda: edit_message(**edit))
    say(group, member, "spammer")
    assert Message.objects.get(seq=said).body == "clean"


def test_each_change_of_the_filters_holds_from_the_next_message_on(talk: Any) -> None:
    group, _, member = talk
    say(group, member, "spam")
    word = WordFilter.objects.create(word="spam")
    refuses(WordRefused, lambda: say(group, member, "spam"))
    WordFilter.objects.filter(pk=word.pk).update(word="ham")
    say(group, member, "spam")
    refuses(WordRefused, lambda: say(group, member, "ham"))
    word.delete()
    say(group, member, "ham")


def test_an_unchanged_list_costs_an_ordinary_message_no_query(
    talk: Any, django_assert_num_queries: Any
) -> None:
    group, _, member = talk
    WordFilter.objects.create(word="spam")
    say(group, member, "first")
    assert word_filters.held().revision is not None
    with django_assert_num_queries(0):  # the storing statement goes beside Django's log
        say(group, member, "second")


def test_of_a_batch_only_the_one_with_the_word_is_refused(talk: Any) -> None:
    group, owner, member = talk
    WordFilter.objects.create(word="spam")
    texts = ["one", "spam", "two"]
    outcomes = send_messages(
        [Draft(group.pk, person.pk, uuid4(), t) for person in (owner, member) for t in texts]
    )
    assert [type(each.refusal) for each in outcomes] == [type(None), WordRefused, type(None)] * 2
    assert [row.seq for row in Message.objects.order_by("seq")] == [1, 2, 3, 4]


def test_a_flagged_word_is_posted_and_reported_by_the_system(talk: Any) -> None:
    group, owner, member = talk
    WordFilter.objects.create(word="knife", act="flag")
    say(group, owner, "hello")

    say(group, member, "a Knife!")

    report = Report.objects.get()
    assert (report.reporter, report.person, report.seq) == (None, member, 2)
    assert (report.reason, report.comment, report.state) == ("word", "knife", "open")
    assert [each["content"] for each in report.snapshot] == ["hello", "a Knife!"]


def test_an_edit_that_brings_in_a_flagged_word_is_reported_once(talk: Any) -> None:
    group, _, member = talk
    WordFilter.objects.create(word="knife", act="flag")
    said = say(group, member, "a fork")["seq"]
    for text in ("a knife", "a big knife"):
        edit_message(conversation_id=group.pk, user_id=member.pk, seq=said, body=text)
    assert Report.objects.get().snapshot[0]["content"] == "a knife"


# -- new accounts


@pytest.fixture
def limited(settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.NEW_ACCOUNT_HOURS, settings.NEW_ACCOUNT_LINKS = 24, 2
    settings.NEW_ACCOUNT_INVITES = 3


def old_person(name: str) -> User:
    days_ago = timezone.now() - timedelta(days=2)
    return make_person(name, id=uuid7(int(days_ago.timestamp() * 1000)))


def test_a_new_account_posts_a_few_links(talk: Any, limited: None) -> None:
    group, _, member = talk
    say(group, member, "see https://one.example")
    said = say(group, member, "and www.two.example")["seq"]

    refusal = refuses(TooManyLinks, lambda: say(group, member, "http://three.example"))
    assert 86_000 < refusal.as_json()["retryAfter"] <= 86_400
    plain = say(group, member, "no link")["seq"]
    edit = {"conversation_id": group.pk, "user_id": member.pk, "body": "http://x.example"}
    refuses(TooManyLinks, lambda: edit_message(**edit, seq=plain))
    edit_message(**edit, seq=said)
    assert Quota.objects.get().links == 2


def test_the_links_of_one_batch_count_one_another(talk: Any, limited: None) -> None:
    group, _, member = talk
    drafts = [Draft(group.pk, member.pk, uuid4(), f"http://{n}.example") for n in range(4)]
    refused = [each.refusal is not None for each in send_messages(drafts)]
    assert refused == [False, False, True, True]
    assert Quota.objects.get().links == 2


def test_an_older_or_imported_account_posts_links_freely(limited: None) -> None:
    old, imported = old_person("Old"), make_person("Imported", id=uuid4())
    group = make_conversation(old, imported)
    for person in (old, imported):
        for _ in range(4):
            say(group, person, "https://x.example")
    assert not Quota.objects.exists()


def test_limits_are_off_unless_they_are_set(talk: Any) -> None:
    group, _, member = talk
    for _ in range(8):
        say(group, member, "https://x.example")
    assert not Quota.objects.exists()


def test_a_new_account_adds_a_few_people(limited: None) -> None:
    owner, old = make_person("Owner"), old_person("Old")
    strangers = [make_person("Bob").pk for _ in range(5)]
    group, other = make_conversation(owner), make_conversation(old)

    add_people(conversation_id=group.pk, by=owner.pk, user_ids=strangers[:2])
    with pytest.raises(TooManyInvites):
        add_people(conversation_id=group.pk, by=owner.pk, user_ids=strangers)
    add_people(conversation_id=group.pk, by=owner.pk, user_ids=strangers[:3])
    add_people(conversation_id=other.pk, by=old.pk, user_ids=strangers)
    group.refresh_from_db()
    assert group.member_count == 4


def test_a_conversation_begun_with_people_counts_as_inviting_them(limited: None) -> None:
    owner = make_person("Owner")
    people = [str(make_person("Bob").pk) for _ in range(4)]
    body = {"kind": "group", "name": "All", "memberIds": people}
    answer = api(owner).post("/v1/conversations", body, format="json")
    assert is_refused(answer, 403, "too_many_invites")
    few = {**body, "memberIds": people[:3]}
    assert api(owner).post("/v1/conversations", few, format="json").status_code == 201


def test_who_has_left_is_told_nothing_of_the_rules(talk: Any) -> None:
    group, _, member = talk
    mute(member)
    leave(group, member)
    answer = api(member).post(
        f"/v1/conversations/{group.pk}/messages", {"content": "x"}, format="json"
    )
    assert is_refused(answer, 403, "not_a_participant")
