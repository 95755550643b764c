"""The files that a person may have, by the one visibility rule, and the keys that rows name."""

from collections.abc import Iterator
from uuid import UUID

from attachments.errors import AttachmentMissing, AttachmentPending
from attachments.models import Attachment, LinkPreview
from conversations.errors import ConversationNotFound
from conversations.visibility import visibility_of


def find_attachment(*, attachment_id: UUID, viewer_id: UUID) -> Attachment:
    """The uploader's alone until a message holds it; then for whoever may see that message.

    Raises AttachmentMissing.
    """
    attachment = Attachment.objects.filter(pk=attachment_id).first()
    if attachment is None or not _is_visible(attachment, viewer_id):
        raise AttachmentMissing
    return attachment


def find_content(*, attachment_id: UUID, viewer_id: UUID) -> Attachment:
    """The same, of which there is something to get. Raises AttachmentPending, too."""
    attachment = find_attachment(attachment_id=attachment_id, viewer_id=viewer_id)
    if attachment.state == Attachment.State.REFUSED:
        raise AttachmentMissing
    if attachment.state == Attachment.State.PENDING:
        raise AttachmentPending
    return attachment


def _is_visible(attachment: Attachment, viewer_id: UUID) -> bool:
    if attachment.conversation_id is None or attachment.seq is None:
        return attachment.uploader_id == viewer_id
    try:
        return visibility_of(attachment.conversation_id, viewer_id).covers(attachment.seq)
    except ConversationNotFound:
        return False


def stored_keys() -> Iterator[str]:
    """Of every attachment and link preview, each once; of a picture that is being prepared some may
    not be there."""
    before = ""
    for attachment in Attachment.objects.order_by("storage_key", "pk").iterator(chunk_size=2000):
        if attachment.storage_key == before:
            continue  # a forwarded copy
        before = attachment.storage_key
        is_pending = attachment.state == Attachment.State.PENDING
        yield from attachment.possible_keys if is_pending else attachment.kept_keys
    previews = LinkPreview.objects.exclude(storage_key="").order_by("storage_key")
    for preview in previews.iterator(chunk_size=2000):
        yield preview.picture_key
