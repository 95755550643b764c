"""Background tasks of messaging: retention, upkeep of moderation, and digests."""

from datetime import datetime
from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app

from accounts.tasks import MAIL_RETRIES, active_person, send_to


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
