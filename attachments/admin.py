"""The read-only admin page of attachments."""

from django.contrib import admin

from attachments.models import Attachment, LinkPreview
from chatproject.core.admin.lists import ReadOnlyAdmin


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = (
        *("name", "content_type", "size", "state", "uploader"),
        *("conversation_id", "seq", "created_at", "expires_at"),
    )
    list_filter = ("state",)
    list_select_related = ("uploader",)
    search_fields = ("=id", "=conversation_id", "name", "=uploader__email")
    ordering = ("-id",)
    exclude = ("sha256",)


@admin.register(LinkPreview)
class LinkPreviewAdmin(ReadOnlyAdmin):
    list_display = ("url", "title", "state", "is_current", "created_at", "expires_at")
    list_filter = ("state",)
    search_fields = ("url", "title")
    ordering = ("-id",)
    exclude = ("url_hash", "storage_key")
