"""What moderators do: from the queue, on people, on conversations and on messages; many at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.auth.log_in import check_credentials
from accounts.errors import AccountSuspended, InvalidCredentials
from accounts.models import AuditEntry, Mute, Suspension
from accounts.people.suspensions import lift_ended_suspensions
from conversations.errors import ConversationLocked, Muted
from conversations.models import Conversation, Participant
from messaging.models import Message, Report
from messaging.moderation.actions.handling import ACTS
from messaging.moderation.actions.notices import notices_of
from tests.accounts.scene import HERE, PASSWORD, Outlet, bearer, person_with_password, sign_in
from tests.cast import api, make_conversation, make_person, say
from tests.messaging.moderation.scene import Watch, act, complain, make_watch, page, window

pytestmark = pytest.mark.django_db
SOON = "%Y-%m-%dT%H:%M"


@pytest.fixture
def watch(db: None, settings: Any) -> Watch:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_watch()


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_the_queue_groups_by_person_and_shows_what_is_to_be_decided(watch: Watch) -> None:
    other = make_person("Other")
    first = complain(watch, watch.public, 1)
    group = make_conversation(other, watch.plain)
    say(group, other)
    middle = complain(watch, group, 1)
    last = complain(watch, watch.private, 2)
    done = complain(watch, make_conversation(watch.plain, other))
    act(window(watch.moderator), "messaging_report", "dismiss", done)

    answer = window(watch.moderator).get(page("messaging_report_changelist"))

    assert list(answer.context["cl"].result_list) == [first, last, middle]
    assert [(row["person__name"], row["count"]) for row in answer.context["people"]] == [
        ("Troll", 2),
        ("Other", 1),
    ]
    settled = window(watch.moderator).get(
        page("messaging_report_changelist"), {"state": "dismissed"}
    )
    assert list(settled.context["cl"].result_list) == [done]
    everything = window(watch.moderator).get(page("messaging_report_changelist"), {"state": "all"})
    assert len(everything.context["cl"].result_list) == 4


def test_an_action_asks_before_it_does_anything(watch: Watch) -> None:
    reports = [complain(watch, watch.public, 1), complain(watch, watch.private, 2)]
    for name in ("dismiss", "resolve", *ACTS):
        asked = act(window(watch.moderator), "messaging_report", name, *reports, confirmed=False)
        assert "This is done to 2 rows" in asked.content.decode()
    assert set(Report.objects.values_list("state", flat=True)) == {"open"}
    assert not AuditEntry.objects.exists()


def test_taking_up_and_dismissing(watch: Watch) -> None:
    report = complain(watch, watch.public, 1)
    client = window(watch.moderator)

    act(client, "messaging_report", "take", report)
    report.refresh_from_db()
    assert (report.state, report.handler) == ("taken", watch.moderator)

    act(client, "messaging_report", "dismiss", report, reason="harmless")
    report.refresh_from_db()
    assert report.state == "dismissed"
    assert report.settled_at is not None
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.reason) == ("report.dismissed", "harmless")
    assert entry.before == {"state": "taken", "handlerId": str(watch.moderator.pk)}


def test_what_is_settled_stays_so(watch: Watch) -> None:
    report = complain(watch, watch.public, 1)
    client = window(watch.moderator)
    act(client, "messaging_report", "dismiss", report)
    for name in ("take", "resolve"):
        act(client, "messaging_report", name, report)
    act(client, "messaging_report", "suspend", report)
    report.refresh_from_db()
    watch.troll.refresh_from_db()
    assert (report.state, watch.troll.is_active) == ("dismissed", True)


def test_delete_for_everyone_on_many_rows(watch: Watch) -> None:
    reports = [complain(watch, watch.public, 1), complain(watch, watch.private, 2)]

    act(window(watch.moderator), "messaging_report", "delete", *reports, reason="foul")

    for report in reports:
        report.refresh_from_db()
        assert (report.state, report.outcome) == ("resolved", ["delete"])
        message = Message.objects.get(conversation=report.conversation, seq=report.seq)
        assert (message.body, message.deleted_by) == ("", watch.moderator)
        assert report.snapshot[-1]["content"].startswith("foul")
    assert actions() == ["message.deleted", "report.resolved"] * 2


def test_a_report_about_no_message_has_none_to_delete(watch: Watch) -> None:
    report = complain(watch, watch.public)
    answer = act(window(watch.moderator), "messaging_report", "delete", report)
    assert "not about a message" in answer.content.decode()
    answer = act(window(watch.moderator), "messaging_report", "warn", report)
    assert "about nobody in particular" in answer.content.decode()
    report.refresh_from_db()
    assert report.state == "open"


def test_a_warning_is_a_system_message_for_the_person_alone(watch: Watch) -> None:
    report = complain(watch, watch.public, 1)
    client = window(watch.moderator)

    act(client, "messaging_report", "warn", report, reason="Mind your words")

    inbox = api(watch.troll).get("/v1/conversations").json()["results"]
    notice = next(each for each in inbox if each["id"] == str(notices_of(watch.troll.pk)))
    assert notice["lastMessage"]["meta"] == {
        "event": "moderation.warned",
        "reason": "Mind your words",
    }
    assert notice["lastMessage"]["senderId"] is None
    path = f"/v1/conversations/{notice['id']}/messages"
    assert api(watch.troll).get(path).status_code == 200
    assert api(watch.plain).get(path).status_code == 404
    refused = api(watch.troll).post(path, {"content": "no"}, format="json")
    assert refused.json()["code"] == "posting_right_missing"
    assert actions() == ["person.warned", "report.resolved"]


def test_a_second_warning_comes_to_the_same_place_even_after_leaving(watch: Watch) -> None:
    client = window(watch.moderator)
    act(client, "accounts_user", "warn", watch.troll, reason="one")
    place = notices_of(watch.troll.pk)
    assert api(watch.troll).post(f"/v1/conversations/{place}/leave").status_code < 300
    act(client, "accounts_user", "warn", watch.troll, reason="two")

    assert Participant.objects.open().filter(conversation=place).count() == 1
    head = Conversation.objects.get(pk=place)
    assert head.member_count == 1
    log = api(watch.troll).get(f"/v1/conversations/{place}/messages").json()["results"]
    warnings = [each["meta"] for each in log if each["meta"]["event"] == "moderation.warned"]
    assert [each["reason"] for each in warnings] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "hours"), [("mute_hour", 1), ("mute_day", 24), ("mute_forever", None)]
)
def test_muting_from_a_report(watch: Watch, name: str, hours: int | None) -> None:
    act(window(watch.moderator), "messaging_report", name, complain(watch, watch.public, 1))

    mute = Mute.objects.get(user=watch.troll)
    if hours is None:
        assert mute.ends_at is None
    else:
        assert mute.ends_at is not None
        left = mute.ends_at - timezone.now()
        assert timedelta(hours=hours, minutes=-1) < left <= timedelta(hours=hours)
    with pytest.raises(Muted):
        say(watch.public, watch.troll)


def test_many_reports_about_one_person_are_acted_upon_once(watch: Watch) -> None:
    reports = [complain(watch, watch.public, 1), complain(watch, watch.private, 2)]
    act(window(watch.moderator), "messaging_report", "suspend", *reports)
    assert actions() == ["person.suspended", "report.resolved", "report.resolved"]
    assert Suspension.objects.count() == 1


def test_a_suspension_ends_tokens_sessions_and_sockets_at_once(
    watch: Watch, django_capture_on_commit_callbacks: Any, request: pytest.FixtureRequest
) -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    pair = sign_in(ann)
    assert bearer(pair.access).get("/v1/users/me").status_code == 200
    outlet = Outlet()
    request.addfinalizer(outlet.close)

    with django_capture_on_commit_callbacks(execute=True):
        act(window(watch.moderator), "accounts_user", "suspend", ann, reason="spam")

    assert bearer(pair.access).get("/v1/users/me").status_code == 401
    assert outlet.signed_out(ann) == [None]
    with pytest.raises(AccountSuspended, match="spam"):
        check_credentials(email="ann@example.org", password=PASSWORD, client=HERE)
    with pytest.raises(InvalidCredentials):
        check_credentials(email="ann@example.org", password="wrong", client=HERE)
    login = {"email": "ann@example.org", "password": PASSWORD}
    refused = api().post("/v1/users/login", login, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")


def test_reinstating_lets_one_in_again(watch: Watch) -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    client = window(watch.moderator)
    act(client, "accounts_user", "suspend", ann)
    act(client, "accounts_user", "reinstate", ann, reason="mistaken")

    assert check_credentials(email="ann@example.org", password=PASSWORD, client=HERE) == ann
    assert Suspension.objects.get().lifted_at is not None
    assert actions() == ["person.suspended", "person.reinstated"]
    again = act(client, "accounts_user", "reinstate", ann)
    assert "not suspended" in again.content.decode()


def test_a_ban_needs_a_reason_and_an_end(watch: Watch) -> None:
    report = complain(watch, watch.public, 1)
    client = window(watch.moderator)
    past = f"{timezone.now() - timedelta(days=1):{SOON}}"
    for said in ({}, {"reason": "spam"}, {"reason": "spam", "ends_at": past}):
        asked = act(client, "messaging_report", "ban", report, **said)
        assert asked.context["form"].errors
    assert not Suspension.objects.exists()

    soon = f"{timezone.now() + timedelta(days=7):{SOON}}"
    act(client, "messaging_report", "ban", report, reason="spam", ends_at=soon)
    kept = Suspension.objects.get(user=watch.troll)
    assert kept.reason == "spam"
    assert kept.ends_at is not None


def test_a_ban_ends_by_itself_at_the_next_log_in_or_sweep(watch: Watch) -> None:
    people = [person_with_password(name, email=f"{name}@example.org") for name in ("ann", "bob")]
    act(window(watch.moderator), "accounts_user", "suspend", *people)
    Suspension.objects.update(ends_at=timezone.now() - timedelta(seconds=1))

    assert check_credentials(email="ann@example.org", password=PASSWORD, client=HERE).is_active
    assert lift_ended_suspensions() == 1
    for person in people:
        person.refresh_from_db()
        assert person.is_active
    assert actions()[2:] == ["person.reinstated"] * 2


def test_moderators_have_no_say_over_one_another_or_over_themselves(watch: Watch) -> None:
    client = window(watch.moderator)
    for person in (watch.chief, watch.operator, watch.moderator):
        for name in ("suspend", "mute", "warn"):
            answer = act(client, "accounts_user", name, person)
            assert "0 done" not in answer.content.decode()
        person.refresh_from_db()
        assert person.is_active
    assert not Mute.objects.exists()
    assert not AuditEntry.objects.exists()
    act(window(watch.chief), "accounts_user", "suspend", watch.moderator)
    watch.moderator.refresh_from_db()
    assert not watch.moderator.is_active


def test_muting_and_unmuting_people(watch: Watch) -> None:
    client = window(watch.moderator)
    act(client, "accounts_user", "mute", watch.troll, watch.plain, reason="loud")
    assert Mute.objects.count() == 2
    act(client, "accounts_user", "unmute", watch.troll)
    say(watch.public, watch.troll)
    assert "not muted" in act(client, "accounts_user", "unmute", watch.troll).content.decode()


def test_locking_a_conversation_and_unlocking_it(watch: Watch) -> None:
    client = window(watch.moderator)
    act(client, "conversations_conversation", "lock", watch.public, reason="calm down")
    with pytest.raises(ConversationLocked):
        say(watch.public, watch.plain)
    act(client, "conversations_conversation", "unlock", watch.public)
    say(watch.public, watch.plain)
    published = Message.objects.filter(conversation=watch.public, kind="system").order_by("seq")
    assert [each.meta["event"] for each in published] == [
        "conversation.locked",
        "conversation.unlocked",
    ]
    assert actions() == ["conversation.locked", "conversation.unlocked"]


def test_slow_mode_is_set_and_ended(watch: Watch) -> None:
    client = window(watch.moderator)
    asked = act(client, "conversations_conversation", "slow_down", watch.public, seconds="-1")
    assert asked.context["form"].errors
    for seconds in (30, 30, 0):
        act(client, "conversations_conversation", "slow_down", watch.public, seconds=seconds)
    watch.public.refresh_from_db()
    assert watch.public.slow_seconds == 0
    assert [entry.after for entry in AuditEntry.objects.order_by("id")] == [
        {"seconds": 30},
        {"seconds": 0},
    ]


def test_a_private_conversation_is_no_ones_to_lock_without_a_report(watch: Watch) -> None:
    act(window(watch.moderator), "conversations_conversation", "lock", watch.private)
    watch.private.refresh_from_db()
    assert watch.private.locked_at is None


def test_word_filters_are_kept_in_one_form_and_written_down(watch: Watch) -> None:
    client = window(watch.moderator)
    path = page("messaging_wordfilter_add")
    assert client.post(path, {"word": " SPAM! ", "act": "refuse"}).status_code == 302
    assert client.post(path, {"word": "spam", "act": "flag"}).context["adminform"].form.errors
    assert client.post(path, {"word": "?!", "act": "flag"}).context["adminform"].form.errors
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after) == ("wordfilter.added", {"word": "spam", "act": "refuse"})


def test_deleting_messages_for_everyone_with_a_reason(watch: Watch) -> None:
    message = Message.objects.get(conversation=watch.public, seq=1)
    act(window(watch.moderator), "messaging_message", "delete_for_everyone", message, reason="foul")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason, entry.person_id) == (
        *("message.deleted", "foul"),
        watch.troll.pk,
    )
    assert "foul in public" not in str([entry.before, entry.after])
    assert Message.objects.get(conversation=watch.public, seq=1).body == ""


def test_a_private_message_is_not_a_moderators_to_delete(watch: Watch) -> None:
    message = Message.objects.get(conversation=watch.private, seq=2)
    act(window(watch.moderator), "messaging_message", "delete_for_everyone", message)
    assert Message.objects.get(conversation=watch.private, seq=2).deleted_at is None
