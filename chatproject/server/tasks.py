"""The queue's own housekeeping."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from chatproject.server import task_worker

DONE_KEPT_HOURS = 24 * 7


@app.periodic(cron="* * * * *")
@app.task(pass_context=True, queueing_lock="retry_stalled_jobs")
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    await task_worker.retry_stalled(context.app.job_manager)


@app.periodic(cron="17 4 * * *")
@app.task(pass_context=True, queueing_lock="remove_old_jobs")
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Failed jobs are kept for a week, to be looked at; done ones go at once."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=DONE_KEPT_HOURS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
