"""What is done with files in the background."""

from collections.abc import Sequence
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

# Ten tries over some 15 minutes, for a store or a database that is away.
PATIENT = RetryStrategy(max_attempts=10, exponential_wait=2)


@app.task(retry=PATIENT)
def inspect(attachment_id: str) -> None:
    from attachments.actions.inspect import inspect_attachment  # noqa: PLC0415

    inspect_attachment(attachment_id=UUID(attachment_id))


@app.task(retry=PATIENT)
def remove_objects(keys: Sequence[str]) -> None:
    """Of attachments whose rows are gone."""
    from chatproject.core.storage import store  # noqa: PLC0415

    store().remove(keys)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="prune_attachments")
def prune(timestamp: int) -> None:
    from attachments.actions.prune import prune_attachments  # noqa: PLC0415

    prune_attachments()
