"""Digests: who gets one, when, of what; and the link that ends them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import LastSeen, User
from conversations.models import Participant
from messaging import digests, tasks
from messaging.actions.delete import delete_message
from tests.accounts.mail.scene import html_of, link_in, run
from tests.accounts.scene import in_parallel, is_refused
from tests.cast import api, leave, make_conversation, make_direct, make_person, say

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Cast:
    """Ann wants a digest every day, and is away; Bob writes."""

    def __init__(self) -> None:
        self.ann = make_person(
            "Ann", email="ann@example.org", digest="daily", email_verified_at=LONG_AGO
        )
        User.objects.filter(pk=self.ann.pk).update(digest_sent_at=LONG_AGO)
        self.ann.refresh_from_db()
        self.bob = make_person("Bob")
        self.direct = make_direct(self.ann, self.bob)
        self.group = make_conversation(self.bob, self.ann, title="Weekend")

    def call(self, text: str = "look here") -> None:
        say(self.group, self.bob, f"<@{self.ann.pk}> {text}")


@pytest.fixture
def cast() -> Cast:
    return Cast()


def send_digests() -> list[Any]:
    """What a quarter of an hour brings."""
    before = len(mail.outbox)
    tasks.claim_digests(timestamp=0)
    for job in ProcrastinateJob.objects.filter(task_name=tasks.send_digest.name):
        run(job)
        ProcrastinateJob.objects.filter(pk=job.pk).delete()
    return mail.outbox[before:]


def test_it_tells_missed_direct_messages_and_mentions(cast: Cast) -> None:
    say(cast.direct, cast.bob, "are you **there**?")
    say(cast.direct, cast.bob, "hello?")
    say(cast.group, cast.bob, "nothing for Ann")
    cast.call()

    [message] = send_digests()
    assert message.to == ["ann@example.org"]
    assert message.subject == "You missed 3 messages"
    assert "Bob · 2 new messages" in message.body
    assert "Bob: hello?" in message.body
    assert "Weekend · 1 mention" in message.body
    assert "Bob: @Ann look here" in message.body
    assert "nothing for Ann" not in message.body
    assert f"/c/{cast.group.pk}/2" in message.body
    assert "Bob: hello?" in html_of(message)


def test_it_comes_once_and_again_only_for_what_is_new(cast: Cast) -> None:
    cast.call("one")
    assert len(send_digests()) == 1
    User.objects.update(digest_sent_at=timezone.now())
    assert send_digests() == []

    cast.call("two")
    assert send_digests() == []  # a day has to pass
    User.objects.filter(pk=cast.ann.pk).update(digest_sent_at=timezone.now() - timedelta(days=2))
    [message] = send_digests()
    assert "two" in message.body


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1),
        ({"digest": "off"}, 0),
        ({"digest": "weekly"}, 1),
        ({"email_verified_at": None}, 0),
        ({"email_bounced_at": LONG_AGO}, 0),
        ({"is_active": False}, 0),
    ],
)
def test_only_who_wants_it_and_can_get_it(
    cast: Cast, fields: dict[str, Any], expected: int
) -> None:
    cast.call()
    User.objects.filter(pk=cast.ann.pk).update(**fields)
    assert len(send_digests()) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(5, 0), (30, 1)])
def test_only_who_is_away(cast: Cast, minutes: int, expected: int) -> None:
    cast.call()
    LastSeen.objects.create(user=cast.ann, at=timezone.now() - timedelta(minutes=minutes))
    assert len(send_digests()) == expected


def test_what_is_read_own_deleted_or_refused_is_not_told(cast: Cast) -> None:
    say(cast.direct, cast.ann, "my own")
    cast.call()
    assert len(digests.missed_since(cast.ann.pk, since=LONG_AGO)) == 1
    delete_message(conversation_id=cast.group.pk, user_id=cast.bob.pk, seq=1)
    assert send_digests() == []

    cast.call()
    Participant.objects.filter(user=cast.ann).update(notify="none")
    assert send_digests() == []
    Participant.objects.filter(user=cast.ann).update(notify="all", last_read_seq=2)
    assert send_digests() == []


def test_a_muted_conversation_tells_of_mentions_alone(cast: Cast) -> None:
    later = timezone.now() + timedelta(days=1)
    Participant.objects.filter(user=cast.ann).update(muted_until=later)
    say(cast.direct, cast.bob, "psst")
    assert send_digests() == []
    say(cast.group, cast.bob, "<@all> tea")
    assert "Weekend · 1 mention" in send_digests()[0].body


def test_who_left_is_told_nothing_of_it(cast: Cast) -> None:
    cast.call()
    leave(cast.group, cast.ann)
    cast.call("gone")
    assert send_digests() == []


def test_what_was_read_before_the_task_ran_sends_nothing(cast: Cast) -> None:
    cast.call()
    tasks.claim_digests(timestamp=0)
    Participant.objects.filter(user=cast.ann).update(last_read_seq=1)
    run(ProcrastinateJob.objects.get(task_name=tasks.send_digest.name))
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("begin", "end", "at", "expected"),
    [
        (time(22), time(7), datetime(2026, 7, 1, 21, 30, tzinfo=UTC), True),  # 23:30 in Berlin
        (time(22), time(7), datetime(2026, 7, 1, 19, 30, tzinfo=UTC), False),
        (time(22), time(7), datetime(2026, 7, 1, 5, 0, tzinfo=UTC), False),  # 7:00
        (time(9), time(17), datetime(2026, 7, 1, 8, 0, tzinfo=UTC), True),
        (time(9), time(17), datetime(2026, 7, 1, 15, 0, tzinfo=UTC), False),
        (None, None, datetime(2026, 7, 1, 8, 0, tzinfo=UTC), False),
    ],
)
def test_quiet_hours(begin: time | None, end: time | None, at: datetime, expected: bool) -> None:
    person = User(time_zone="Europe/Berlin", quiet_from=begin, quiet_until=end)
    assert digests.is_quiet(person, at) is expected


def test_in_quiet_hours_none_is_sent(cast: Cast) -> None:
    cast.call()
    User.objects.update(quiet_from=time(0), quiet_until=time(23, 59, 59, 999999))
    assert send_digests() == []
    User.objects.update(quiet_from=None, quiet_until=None)
    assert len(send_digests()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_sends() -> None:
    cast = Cast()
    cast.call()
    deferred: list[object] = []

    def claim() -> int:
        try:
            return digests.claim_digests(lambda *given: deferred.append(given))
        finally:
            connection.close()

    assert sum(in_parallel(claim, 4, threads=4)) == 1
    assert len(deferred) == 1


def test_one_click_ends_it_without_a_sign_in(cast: Cast) -> None:
    cast.call()
    [message] = send_digests()
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = urlsplit(message.extra_headers["List-Unsubscribe"].strip("<>"))
    path = f"{url.path}?{url.query}"
    assert path == link_in(message)

    program = Browser(enforce_csrf_checks=True)
    assert program.get(path).status_code == 200
    assert User.objects.get(pk=cast.ann.pk).digest == "daily"  # a look changes nothing
    answer = program.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert User.objects.get(pk=cast.ann.pk).digest == "off"
    assert program.post(path).status_code == 200
    assert program.post("/unsubscribe?token=rubbish").status_code == 400


def test_it_is_chosen_over_rest(cast: Cast) -> None:
    client = api(cast.bob)
    assert client.get("/v1/users/me/mail").json() == {"digest": "off", "quietHours": None}
    body = {"digest": "hourly", "quietHours": {"from": "22:00", "until": "07:30"}}
    assert client.patch("/v1/users/me/mail", body, format="json").json() == body
    assert User.objects.get(pk=cast.bob.pk).digest_sent_at is not None  # tells what comes now
    assert client.patch("/v1/users/me/mail", {}, format="json").json() == body
    none = {"quietHours": None}
    answer = client.patch("/v1/users/me/mail", none, format="json")
    assert answer.json() == {"digest": "hourly", **none}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"digest": "always"}, "digest"),
        ({"digest": None}, "digest"),
        ({"quietHours": {"from": "25:00", "until": "07:00"}}, "quietHours.from"),
        ({"quietHours": {"from": "22:00"}}, "quietHours.until"),
        ({"quietHours": "22:00"}, "quietHours"),
    ],
)
def test_a_wrong_choice_changes_nothing(cast: Cast, body: dict[str, Any], field: str) -> None:
    answer = api(cast.bob).patch("/v1/users/me/mail", body, format="json")
    assert is_refused(answer, 400, "invalid_input", field)
    assert User.objects.get(pk=cast.bob.pk).digest == "off"


def test_a_time_that_is_none_is_called_so(cast: Cast) -> None:
    body = {"quietHours": {"from": "25:00", "until": "07:00"}}
    answer = api(cast.bob).patch("/v1/users/me/mail", body, format="json").json()
    assert answer["errors"][0]["code"] == "not_a_clock_time"


def test_it_is_chosen_in_the_settings(cast: Cast) -> None:
    visitor = Browser()
    visitor.force_login(cast.bob)
    privacy = dict.fromkeys(("presence", "receipts", "writing", "adding"), "everyone")
    mail = {"digest": "weekly", "quiet_from": "22:00"}
    form = {"name": "Bob", "notifications": "all", "undo_seconds": "0", **privacy, **mail}
    visitor.post("/settings", form)
    assert User.objects.get(pk=cast.bob.pk).digest == "off"
    visitor.post("/settings", {**form, "quiet_until": "06:00"})
    bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.digest, bob.quiet_from, bob.quiet_until) == ("weekly", time(22), time(6))
    assert 'value="22:00"' in visitor.get("/settings").content.decode()
