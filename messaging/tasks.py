"""Periodic background tasks of messaging: retention, and upkeep of moderation."""

from procrastinate.contrib.django import app


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
