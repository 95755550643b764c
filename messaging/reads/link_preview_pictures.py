"""The pictures of link previews, for whoever sees the message with the preview."""

from uuid import UUID

from django.db.models import Q

from attachments.errors import AttachmentMissing
from attachments.models import LinkPreview
from messaging.models import MessageLinkPreview
from messaging.reads.messages import find_message


def find_preview_picture(
    *, conversation_id: UUID, viewer_id: UUID, seq: int, preview_id: UUID
) -> LinkPreview:
    """Raises ConversationNotFound, MessageNotFound, and AttachmentMissing where the viewer sees no
    such preview, or it has no picture."""
    visibility, message = find_message(conversation_id, viewer_id, seq)
    span = visibility.span_of(seq)
    shown = MessageLinkPreview.objects.filter(
        Q(removed_rev=None) | Q(removed_rev__gt=span.to_rev if span else 0),
        conversation=conversation_id,
        seq=seq,
        preview_id=preview_id,
        rev__lte=span.to_rev if span else 0,
    )
    preview = LinkPreview.objects.exclude(storage_key="").filter(pk=preview_id).first()
    if preview is None or message.row["deleted_at"] is not None or not shown.exists():
        raise AttachmentMissing("There is no such picture.")
    return preview
