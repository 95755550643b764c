"""Background tasks of messaging: retention, upkeep, digests, notifications, scheduled messages."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts.tasks import MAIL_RETRIES, active_person, send_to
from chatproject.server.task_worker import PREVIEWS, WEBHOOKS

# Four tries in about a minute: what comes later than that is no news.
BRIEF = RetryStrategy(max_attempts=4, exponential_wait=3)

# Ten tries over some 15 minutes, for a database that is away.
PATIENT = RetryStrategy(max_attempts=10, exponential_wait=2)


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="apply_retention")
def retain(timestamp: int) -> None:
    """Applies retention every night; continues where an earlier run was killed."""
    from messaging.maintenance.retention import retain_by_task  # noqa: PLC0415

    retain_by_task()


@app.periodic(cron="23 4 * * *")
@app.task(queueing_lock="archive_messages")
def archive_messages(timestamp: int) -> None:
    """Moves old messages into files every night, where the settings say so; and compacts files from
    which something was brought back."""
    from messaging.archive.running import archive_by_task, has_work  # noqa: PLC0415

    if has_work():
        archive_by_task()


@app.periodic(cron="17 2 * * *")
@app.task(queueing_lock="note_day_figures")
def note_day_figures(timestamp: int) -> None:
    """Notes the figures of the days that are over, for the first page of the admin."""
    from messaging.analytics import day_figures  # noqa: PLC0415

    day_figures.note_day_figures()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="tidy_moderation")
def tidy_moderation(timestamp: int) -> None:
    """Lifts suspensions that have ended, and takes missing snapshots of reports."""
    from accounts.people.suspensions import lift_ended_suspensions  # noqa: PLC0415
    from messaging.moderation.snapshots import take_snapshots  # noqa: PLC0415

    lift_ended_suspensions()
    take_snapshots()


@app.task(queue=WEBHOOKS)
def deliver(delivery_id: str) -> None:
    """Delivers an event to an outgoing webhook."""
    from messaging.integrations.delivering import deliver_once  # noqa: PLC0415

    deliver_once(UUID(delivery_id))


@app.task(retry=BRIEF)
def request_link_previews(conversation_id: str, seq: int) -> None:
    """Shows the previews of a message's links, or has them fetched."""
    from messaging.actions.link_previews import request_previews  # noqa: PLC0415

    request_previews(conversation_id=UUID(conversation_id), seq=seq)


@app.task(queue=PREVIEWS, retry=BRIEF)
def fetch_link_preview(preview_id: str) -> None:
    """Fetches what a link leads to, and shows it in the messages that wait for it."""
    from messaging.actions.link_previews import fetch_and_show  # noqa: PLC0415

    fetch_and_show(UUID(preview_id))


@app.periodic(cron="53 * * * *")
@app.task(queueing_lock="prune_link_previews")
def prune_link_previews(timestamp: int) -> None:
    """Deletes old previews of links that no message has any more."""
    from messaging.actions.link_previews import prune_previews  # noqa: PLC0415

    prune_previews()


@app.periodic(cron="29 3 * * *")
@app.task(queueing_lock="prune_deliveries")
def prune_deliveries(timestamp: int) -> None:
    from messaging.integrations import delivering  # noqa: PLC0415

    delivering.prune_deliveries()


@app.task(queue=WEBHOOKS)
def call_slash_command(command_id: str, user_id: str, text: str) -> None:
    """Calls the program of a slash command, and shows its answer."""
    from messaging.integrations.payloads import PayloadRefused  # noqa: PLC0415
    from messaging.integrations.slash_commands import call_program  # noqa: PLC0415

    with suppress(PayloadRefused):  # an answer of no known shape
        call_program(UUID(command_id), UUID(user_id), text)


@app.task(retry=BRIEF)
def notify_devices(conversation_id: str) -> None:
    """Queues a notification for each device that is to be told of new messages."""
    from messaging.web_push.notifications import new_notifications  # noqa: PLC0415

    for push in new_notifications(UUID(conversation_id)):
        push_to_device.defer(subscription_id=str(push.subscription_id), payload=push.payload)


@app.task(retry=BRIEF)
def withdraw_notifications(user_id: str, conversation_id: str) -> None:
    """Queues the withdrawal of what a person has read on another device."""
    from messaging.web_push.notifications import withdrawn_notifications  # noqa: PLC0415

    for push in withdrawn_notifications(UUID(user_id), UUID(conversation_id)):
        push_to_device.defer(subscription_id=str(push.subscription_id), payload=push.payload)


@app.task(retry=BRIEF)
def push_to_device(subscription_id: str, payload: dict[str, Any]) -> None:
    """Sends one notification, or its withdrawal, to one device."""
    from accounts.web_push.delivery import deliver  # noqa: PLC0415
    from messaging.web_push.notifications import note_shown  # noqa: PLC0415

    topic = UUID(payload["conversationId"]).hex
    if deliver(UUID(subscription_id), payload, topic=topic):
        note_shown(UUID(subscription_id), payload)


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="drop_ended_subscriptions")
def drop_ended_subscriptions(timestamp: int) -> None:
    """Deletes the subscriptions of sign-ins that have ended."""
    from accounts.web_push import subscriptions  # noqa: PLC0415

    subscriptions.drop_ended_subscriptions()


@app.task(retry=PATIENT)
def send_scheduled(scheduled_id: str) -> None:
    """Sends a message whose time has come. Changed, cancelled and sent ones are left alone."""
    from messaging.sending.scheduled_sends import send_due  # noqa: PLC0415

    send_due(UUID(scheduled_id))


@app.task(retry=PATIENT)
def remind_of_saved(saved_id: str) -> None:
    """Reminds of a saved message. Changed, done and removed ones are left alone."""
    from messaging.actions.saved import remind  # noqa: PLC0415

    remind(UUID(saved_id))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="defer_overdue")
def defer_overdue(timestamp: int) -> None:
    """Finds scheduled messages and reminders whose task was lost, as after a restored backup."""
    from messaging.actions import saved  # noqa: PLC0415
    from messaging.sending import scheduled_sends  # noqa: PLC0415

    scheduled_sends.defer_overdue()
    saved.defer_overdue_reminders()


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="claim_digests")
def claim_digests(timestamp: int) -> None:
    """Finds who is due for a digest."""
    from messaging import digests  # noqa: PLC0415

    def defer(person_id: UUID, since: datetime) -> None:
        send_digest.defer(person_id=str(person_id), since=since.isoformat())

    digests.claim_digests(defer)


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_digest(context: JobContext, person_id: str, since: str) -> None:
    from messaging.digests import digest_mail  # noqa: PLC0415

    began = datetime.fromisoformat(since)
    send_to(context, active_person(person_id), lambda person: digest_mail(person, since=began))
