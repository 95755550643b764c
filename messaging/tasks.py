"""What is done with logs in the background."""

from procrastinate.contrib.django import app


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="apply_retention")
def retain(timestamp: int) -> None:
    """Every night; goes on where an earlier run was cut off."""
    from messaging.actions.retention import retain_by_task  # noqa: PLC0415

    retain_by_task()
