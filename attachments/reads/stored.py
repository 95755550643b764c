"""What the store holds for the rows that there are, for a backup."""

from collections.abc import Iterator

from attachments.models import Attachment


def stored_keys() -> Iterator[str]:
    """Of every attachment, by id; of a picture that is being prepared some may not be there."""
    for attachment in Attachment.objects.order_by("pk").iterator(chunk_size=2000):
        is_pending = attachment.state == Attachment.State.PENDING
        yield from attachment.possible_keys if is_pending else attachment.kept_keys
