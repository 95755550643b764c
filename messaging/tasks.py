"""Background tasks of messaging: retention, upkeep of moderation, scheduled messages, reminders."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

# Ten tries over some 15 minutes, for a database that is away.
PATIENT = RetryStrategy(max_attempts=10, exponential_wait=2)


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


@app.task(retry=PATIENT)
def send_scheduled(scheduled_id: str) -> None:
    """Sends a message whose time has come. Changed, cancelled and sent ones are left alone."""
    from messaging.actions.scheduled import send_due  # noqa: PLC0415

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
    from messaging.actions import saved, scheduled  # noqa: PLC0415

    scheduled.defer_overdue()
    saved.defer_overdue_reminders()
