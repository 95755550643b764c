"""Notifications on people's devices: to whom, of what, encrypted, withdrawn, and never inside"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import app as task_app

from accounts.auth.sign_ins import end_all_sign_ins
from accounts.models import (
    NotificationCursor,
    PushSubscription,
    ShownNotification,
    SignIn,
    User,
    WebPushKey,
)
from accounts.web_push import subscriptions
from accounts.web_push.delivery import deliver
from accounts.web_push.errors import PushFailed
from accounts.web_push.keys import public_key
from chatproject.core.outbound import addresses
from chatproject.realtime.bus import Publication
from conversations.models import Conversation
from conversations.own_state import mute_conversation, set_notify
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.actions.receipts import mark_read
from messaging.models import Message
from messaging.web_push import following
from messaging.web_push.notifications import is_quiet
from tests.accounts.scene import browser, is_refused, nobody, program, with_csrf
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.messaging.push_service import Device, PushService, vapid_claims

pytestmark = pytest.mark.django_db
PATH = "/v1/users/me/push-subscriptions"


@pytest.fixture(scope="module")
def running() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture
def service(running: PushService, settings: Any) -> PushService:
    settings.OUTBOUND_HOSTS = ["127.0.0.1"]
    running.log.clear()
    running.status = 201
    return running


@pytest.fixture
def queue() -> Iterator[testing.InMemoryConnector]:
    connector = testing.InMemoryConnector()
    with task_app.replace_connector(connector):
        yield connector


class Cast:
    """Ann writes; Ben has a device; Cy is a member without one, Dan an outsider with one."""

    def __init__(self, service: PushService, queue: testing.InMemoryConnector) -> None:
        self.queue = queue
        self.ann, self.ben, self.cy, self.dan = map(make_person, ("Ann", "Ben", "Cy", "Dan"))
        self.service = service
        self.group = make_conversation(self.ann, self.ben, self.cy, title="Weekend")
        self.phone = self.subscribe(self.ben)
        self.outsiders = self.subscribe(self.dan)

    def subscribe(self, person: User, **more: Any) -> Device:
        device = Device(self.service)
        answer = program(person).post(PATH, device.subscription | more, format="json")
        assert answer.status_code == 201, answer.content
        return device


@pytest.fixture
def cast(service: PushService, queue: testing.InMemoryConnector) -> Cast:
    return Cast(service, queue)


def work(queue: testing.InMemoryConnector) -> None:
    """Does the queued tasks here, in the test's transaction, until there are none."""
    while queue.jobs:
        job = queue.jobs.pop(min(queue.jobs))
        task_app.tasks[job["task_name"]](**job["args"])


def tell(cast: Cast, conversation: Conversation | None = None) -> None:
    """What a server does a second after a message: queues tasks; and a worker: does them."""
    following.queue_tasks([str((conversation or cast.group).pk)], [])
    work(cast.queue)


def tell_of_reading(cast: Cast) -> None:
    following.queue_tasks([], [(str(cast.ben.pk), str(cast.group.pk))])
    work(cast.queue)


def test_a_message_reaches_the_device_and_only_it_can_read_it(cast: Cast) -> None:
    row = say(cast.group, cast.ann, f"**Tent**, <@{cast.ben.pk}>?")
    tell(cast)

    (pushed,) = cast.phone.received()
    assert (pushed["title"], pushed["body"]) == ("Ann · Weekend", "Tent, @Ben?")
    assert pushed["path"] == f"/c/{cast.group.pk}/{row['seq']}"
    (_, headers, body), *others = cast.service.log
    assert others == []  # neither the outsider's device nor anybody else's
    assert b"Tent" not in body
    assert headers["content-encoding"] == "aes128gcm"
    assert (headers["urgency"], int(headers["ttl"]) > 0) == ("high", True)
    assert headers["topic"] == cast.group.pk.hex
    claims = vapid_claims(headers, public_key(), cast.service)
    assert claims["sub"].startswith(("mailto:", "https://"))


def test_it_is_told_once(cast: Cast) -> None:
    say(cast.group, cast.ann)
    tell(cast)
    tell(cast)
    assert len(cast.phone.received()) == 1
    say(cast.group, cast.ann, "two")
    say(cast.group, cast.ann, "three")
    tell(cast)
    assert [each["body"] for each in cast.phone.received()] == ["hello", "three"]


def test_ones_own_message_is_no_news(cast: Cast) -> None:
    say(cast.group, cast.ben)
    tell(cast)
    assert cast.service.log == []


def test_what_was_read_by_then_is_no_news(cast: Cast) -> None:
    row = say(cast.group, cast.ann)
    mark_read(conversation_id=cast.group.pk, user_id=cast.ben.pk, seq=row["seq"])
    tell(cast)
    assert cast.service.log == []


def quiet_by_mute(cast: Cast) -> None:
    mute_conversation(conversation_id=cast.group.pk, user_id=cast.ben.pk, until=None)


def quiet_by_conversation(cast: Cast) -> None:
    set_notify(conversation_id=cast.group.pk, user_id=cast.ben.pk, notify="none")


def quiet_by_mentions(cast: Cast) -> None:
    set_notify(conversation_id=cast.group.pk, user_id=cast.ben.pk, notify="mentions")


def quiet_by_settings(cast: Cast) -> None:
    User.objects.filter(pk=cast.ben.pk).update(notifications="none")


def quiet_by_settings_of_mentions(cast: Cast) -> None:
    User.objects.filter(pk=cast.ben.pk).update(notifications="mentions")


def quiet_by_quiet_hours(cast: Cast) -> None:
    now = timezone.now()
    hours = [(now + timedelta(hours=each)).time() for each in (-2, 2)]
    User.objects.filter(pk=cast.ben.pk).update(quiet_from=hours[0], quiet_until=hours[1])


def quiet_by_leaving(cast: Cast) -> None:
    leave(cast.group, cast.ben)


def quiet_by_log_out(cast: Cast) -> None:
    end_all_sign_ins(user_id=cast.ben.pk)


def quiet_by_closing(cast: Cast) -> None:
    User.objects.filter(pk=cast.ben.pk).update(is_active=False)


ALWAYS = [
    *(quiet_by_mute, quiet_by_conversation, quiet_by_settings, quiet_by_quiet_hours),
    *(quiet_by_leaving, quiet_by_log_out, quiet_by_closing),
]
BUT_FOR_MENTIONS = [quiet_by_mentions, quiet_by_settings_of_mentions]


@pytest.mark.parametrize("make_quiet", [*ALWAYS, *BUT_FOR_MENTIONS])
def test_who_wants_quiet_has_it(cast: Cast, make_quiet: Any) -> None:
    make_quiet(cast)
    say(cast.group, cast.ann)
    tell(cast)
    assert cast.service.log == []
    say(cast.group, cast.ann, "@all: look")
    tell(cast)
    assert len(cast.service.log) == (make_quiet in BUT_FOR_MENTIONS)


def test_mentions_and_direct_messages_means_both(cast: Cast) -> None:
    quiet_by_settings_of_mentions(cast)
    direct = make_direct(cast.ann, cast.ben)
    say(direct, cast.ann, "psst")
    tell(cast, direct)
    (pushed,) = cast.phone.received()
    assert (pushed["title"], pushed["body"]) == ("Ann", "psst")


@pytest.mark.parametrize(
    ("starts", "ends", "hour", "expected"),
    [
        (time(22), time(7), 23, True),
        (time(22), time(7), 6, True),
        (time(22), time(7), 7, False),
        (time(22), time(7), 12, False),
        (time(12), time(14), 13, True),
        (time(12), time(14), 14, False),
        (time(12), time(12), 12, False),
        (None, None, 3, False),
    ],
)
def test_quiet_hours_are_of_the_persons_own_day(
    starts: Any, ends: Any, hour: int, expected: bool
) -> None:
    person: Any = SimpleNamespace(quiet_from=starts, quiet_until=ends, time_zone="Asia/Tokyo")
    now = datetime(2026, 1, 15, hour, tzinfo=UTC) - timedelta(hours=9)
    assert is_quiet(person, now) is expected


def test_do_not_disturb_ends_by_itself() -> None:
    now = timezone.now()
    person: Any = SimpleNamespace(
        quiet_all_until=now + timedelta(minutes=1), quiet_from=None, quiet_until=None
    )
    assert is_quiet(person, now)
    assert not is_quiet(person, now + timedelta(minutes=1))


def test_the_text_is_left_out_when_the_person_says_so(cast: Cast) -> None:
    private = cast.subscribe(cast.ben, showsText=False)
    User.objects.filter(pk=cast.ben.pk).update(language="de")
    say(cast.group, cast.ann, "Tent")
    tell(cast)
    (pushed,) = private.received()
    assert (pushed["title"], pushed["body"]) == ("Chat", "Eine neue Nachricht")
    assert "Ann" not in str(pushed)
    assert cast.phone.received()[0]["body"] == "Tent"


def test_what_is_hidden_or_deleted_is_not_told(cast: Cast) -> None:
    hidden, deleted = say(cast.group, cast.ann, "a"), say(cast.group, cast.ann, "b")
    hide_message(conversation_id=cast.group.pk, seq=hidden["seq"], user_id=cast.ben.pk)
    delete_message(conversation_id=cast.group.pk, seq=deleted["seq"], user_id=cast.ann.pk)
    tell(cast)
    assert cast.service.log == []


def test_what_is_old_is_no_news(cast: Cast) -> None:
    NotificationCursor.objects.create(conversation_id=cast.group.pk, seq=0)
    row = say(cast.group, cast.ann)
    old = timezone.now() - timedelta(hours=1)
    Message.objects.filter(conversation=cast.group, seq=row["seq"]).update(created_at=old)
    tell(cast)
    assert cast.service.log == []


def test_reading_on_one_device_withdraws_it_on_the_others(cast: Cast) -> None:
    tablet = cast.subscribe(cast.ben)
    row = say(cast.group, cast.ann)
    tell(cast)
    assert ShownNotification.objects.count() == 2
    tell_of_reading(cast)
    assert len(tablet.received()) == 1  # nothing was read yet

    mark_read(conversation_id=cast.group.pk, user_id=cast.ben.pk, seq=row["seq"])
    tell_of_reading(cast)

    for device in (tablet, cast.phone):
        assert device.received()[-1] == {
            "type": "read",
            "conversationId": str(cast.group.pk),
            "seq": row["seq"],
        }
    assert not ShownNotification.objects.exists()
    tell_of_reading(cast)
    assert len(tablet.received()) == 2


@pytest.mark.parametrize(
    ("status", "is_kept"), [(404, False), (410, False), (400, True), (413, True)]
)
def test_a_dead_subscription_is_dropped(cast: Cast, status: int, is_kept: bool) -> None:
    cast.service.status = status
    say(cast.group, cast.ann)
    tell(cast)
    assert len(cast.service.log) == 1
    mine = PushSubscription.objects.filter(sign_in__user=cast.ben)
    assert mine.exists() is is_kept
    assert not ShownNotification.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_push_service_is_asked_again(cast: Cast, status: int) -> None:
    cast.service.status = status
    mine = PushSubscription.objects.get(sign_in__user=cast.ben)
    payload = {"type": "read", "conversationId": str(cast.group.pk), "seq": 1}
    with pytest.raises(PushFailed):
        deliver(mine.pk, payload, topic="x")
    cast.service.status = 201
    assert deliver(mine.pk, payload, topic="x")


def test_a_push_service_that_is_away_is_asked_again(cast: Cast) -> None:
    of_ben = PushSubscription.objects.filter(sign_in__user=cast.ben)
    of_ben.update(endpoint="http://127.0.0.1:9/x")
    mine = PushSubscription.objects.get(sign_in__user=cast.ben)
    with pytest.raises(PushFailed):
        deliver(mine.pk, {"type": "read"}, topic="x")


# ---- never led inside ----------------------------------------------------------------------------

INSIDE = [
    "http://push.example.org/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://10.1.2.3/x",
    "https://169.254.169.254/latest",
    "https://100.64.0.1/",
    "https://224.0.0.1/",
    "https://localhost/x",
    "https://me:secret@push.example.org/x",
    "https://push.example.org:0/x",
    "https://push.example.org:port/x",
    "https://push.example.org/ x",
    "ftp://push.example.org/x",
    "//push.example.org",
    "",
]


@pytest.mark.parametrize("endpoint", INSIDE)
def test_an_endpoint_has_to_be_public(endpoint: str, service: PushService, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    body = Device(service).subscription | {"endpoint": endpoint}
    answer = program(make_person()).post(PATH, body, format="json")
    assert is_refused(answer, 400, "invalid_input", "endpoint")
    assert not PushSubscription.objects.exists()


def test_a_name_that_leads_inside_is_found_out_when_it_is_called(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_HOSTS = []
    PushSubscription.objects.filter(sign_in__user=cast.ben).update(
        endpoint="https://push.example.org/x"
    )
    mine = PushSubscription.objects.get(sign_in__user=cast.ben)

    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolve)
    assert not deliver(mine.pk, {"type": "read"}, topic="x")
    assert not PushSubscription.objects.filter(pk=mine.pk).exists()


# ---- subscribing ---------------------------------------------------------------------------------


def test_a_browser_subscribes_and_ends_it(service: PushService) -> None:
    client = program(make_person())
    assert client.get(PATH).json() == {
        "publicKey": public_key(),
        "endpoint": None,
        "showsText": True,
    }
    device = Device(service)
    made = client.post(PATH, device.subscription, format="json")
    assert made.json()["endpoint"] == device.subscription["endpoint"]
    assert client.delete(PATH).status_code == 204
    assert is_refused(client.delete(PATH), 404, "push_subscription_not_found")
    assert is_refused(
        nobody().post(PATH, device.subscription, format="json"), 401, "not_authenticated"
    )


def test_the_key_is_made_once_and_kept_encrypted() -> None:
    first = public_key()
    assert public_key() == first
    assert "PRIVATE" not in WebPushKey.objects.get().private_key


def test_a_lost_secret_key_makes_a_new_one(cast: Cast, settings: Any) -> None:
    first = public_key()
    settings.SECRET_KEY = "z" * 60
    assert public_key() != first
    assert not PushSubscription.objects.exists()


def test_a_device_is_subscribed_once_whoever_uses_it(service: PushService) -> None:
    device, (one, two) = Device(service), (make_person("One"), make_person("Two"))
    for person in (one, one, two):
        program(person).post(PATH, device.subscription, format="json")
    assert PushSubscription.objects.get().sign_in.user == two
    client = program(one)
    client.post(PATH, Device(service).subscription, format="json")
    client.post(PATH, Device(service).subscription, format="json")
    assert PushSubscription.objects.filter(sign_in__user=one).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"p256dh": "AAAA"}, "keys.p256dh"),
        ({"p256dh": "é"}, "keys.p256dh"),
        ({"p256dh": "B" * 87}, "keys.p256dh"),
        ({"auth": "AAAA"}, "keys.auth"),
        ({"auth": "?" * 22}, "keys.auth"),
        ({"auth": None}, "keys.auth"),
    ],
)
def test_wrong_keys_are_named(service: PushService, changes: dict[str, Any], field: str) -> None:
    body = Device(service).subscription
    body["keys"] |= changes
    assert is_refused(
        program(make_person()).post(PATH, body, format="json"), 400, "invalid_input", field
    )


def test_ended_sign_ins_are_cleared_away(cast: Cast) -> None:
    end_all_sign_ins(user_id=cast.ben.pk)
    assert subscriptions.drop_ended_subscriptions() == 1
    assert PushSubscription.objects.get().sign_in.user == cast.dan
    SignIn.objects.all().delete()
    assert not PushSubscription.objects.exists()


def test_only_what_is_new_or_read_is_followed() -> None:
    follower = following.DeviceFollower()
    group, person = UUID(int=1), UUID(int=2)
    follower.follow(
        [
            Publication(f"conversation:{group}", b'{"type":"message.created","x":1}', 1, 1),
            Publication(f"conversation:{group}", b'{"type":"typing.started"}'),
            Publication(f"user:{person}", b'{"type":"state.changed","part":"profile"}'),
            Publication(
                f"user:{person}",
                b'{"type":"state.changed","conversationId":"%b","lastReadSeq":3}'
                % str(group).encode(),
            ),
        ]
    )
    assert list(follower._moved) == [str(group)]
    assert list(follower._read) == [(str(person), str(group))]


def test_where_nobody_has_a_device_nothing_is_queued(
    service: PushService, queue: testing.InMemoryConnector
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    say(group, ann)
    following.queue_tasks([str(group.pk)], [(str(ben.pk), str(group.pk))])
    assert queue.jobs == {}


def test_the_settings_page_leaves_the_text_out_and_switches_off(cast: Cast) -> None:
    kept = PushSubscription.objects.get(sign_in__user=cast.ben)
    window, other = browser(cast.ben), browser(cast.dan)
    assert "Notifications on your devices" in window.get("/settings").content.decode()
    path = f"/settings/devices/{kept.sign_in_id}/push"
    header = with_csrf(window)
    other.post(path, {"shows_text": "no"}, headers=with_csrf(other))
    assert PushSubscription.objects.get(pk=kept.pk).shows_text

    window.post(path, {"shows_text": "no"}, headers=header)
    assert not PushSubscription.objects.get(pk=kept.pk).shows_text
    window.post(path, {"shows_text": "yes"}, headers=header)
    assert PushSubscription.objects.get(pk=kept.pk).shows_text
    other.post(path, {"shows_text": ""}, headers=with_csrf(other))
    assert PushSubscription.objects.filter(pk=kept.pk).exists()
    window.post(path, {"shows_text": ""}, headers=header)
    assert not PushSubscription.objects.filter(pk=kept.pk).exists()
