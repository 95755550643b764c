"""Periodic background tasks of messaging: retention, and upkeep of moderation."""

from contextlib import suppress
from uuid import UUID

from procrastinate.contrib.django import app

from chatproject.server.task_worker import WEBHOOKS


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="apply_retention")
def retain(timestamp: int) -> None:
    """Applies retention every night; continues where an earlier run was killed."""
    from messaging.maintenance.retention import retain_by_task  # noqa: PLC0415

    retain_by_task()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="tidy_moderation")
def tidy_moderation(timestamp: int) -> None:
    """Lifts suspensions that have ended, and takes missing snapshots of reports."""
    from accounts.people.suspensions import lift_ended_suspensions  # noqa: PLC0415
    from messaging.moderation.snapshots import picture_reports  # noqa: PLC0415

    lift_ended_suspensions()
    picture_reports()


@app.task(queue=WEBHOOKS)
def deliver(delivery_id: str) -> None:
    """Delivers an event to an outgoing webhook."""
    from messaging.integrations.delivering import deliver_once  # noqa: PLC0415

    deliver_once(UUID(delivery_id))


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
