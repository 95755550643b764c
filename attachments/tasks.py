"""Background tasks on files: processing pictures, removing objects, pruning."""

from collections.abc import Sequence
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

# Ten tries over some 15 minutes, for a file storage or a database that is down.
PATIENT = RetryStrategy(max_attempts=10, exponential_wait=2)


# The alias runs jobs that an older version has deferred.
@app.task(retry=PATIENT, aliases=["attachments.tasks.inspect"])
def process_picture(attachment_id: str) -> None:
    from attachments.actions import process_picture  # noqa: PLC0415

    process_picture.process_picture(attachment_id=UUID(attachment_id))


@app.task(retry=PATIENT)
def remove_objects(keys: Sequence[str]) -> None:
    """Removes the stored objects of attachments whose rows are deleted."""
    from chatproject.core.storage import file_storage  # noqa: PLC0415

    file_storage().remove(keys)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="prune_attachments")
def prune(timestamp: int) -> None:
    from attachments.actions.prune import prune_attachments  # noqa: PLC0415

    prune_attachments()
