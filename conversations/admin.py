"""Conversations in Django's admin: to look at, and to lock.

Who is in and what a conversation is called is written in its log too, so changing it is left to
the actions that write there.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from conversations.models import Ban, Conversation, Participant

if TYPE_CHECKING:
    ConversationAdminBase = admin.ModelAdmin[Conversation]
    ParticipantAdminBase = admin.ModelAdmin[Participant]
    BanAdminBase = admin.ModelAdmin[Ban]
else:
    ConversationAdminBase = ParticipantAdminBase = BanAdminBase = admin.ModelAdmin


class BoundedPaginator(Paginator):
    """Counts no further than a person would page, so that a list of millions opens at once."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.MOST].count()


class LookOnly:
    """Neither adding nor deleting; what may be changed is not in `readonly_fields`."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(LookOnly, ConversationAdminBase):
    list_display = (
        "id",
        "kind",
        "title",
        "member_count",
        "last_seq",
        "last_message_at",
        "locked_at",
    )
    list_filter = ("kind",)
    search_fields = ("=id", "title", "=origin")
    search_help_text = "An id, or a part of the title."
    ordering = ("-id",)
    raw_id_fields = ("created_by",)
    fields = (
        "id",
        "kind",
        "title",
        "topic",
        "created_by",
        "created_at",
        "history",
        "open_from_seq",
        "member_count",
        "last_seq",
        "last_rev",
        "member_rev",
        "last_at",
        "last_message_at",
        "origin",
        "locked_at",
    )
    readonly_fields = fields[:-1]


@admin.register(Participant)
class ParticipantAdmin(LookOnly, ParticipantAdminBase):
    list_display = ("user", "conversation", "role", "joined_at", "left_at")
    list_select_related = ("user", "conversation")
    list_filter = ("role",)
    search_fields = ("=conversation__id", "=user__id", "=user__email")
    search_help_text = "The id of a conversation or a person, or an email address."
    ordering = ("-id",)
    raw_id_fields = ("conversation", "user", "removed_by")

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Ban)
class BanAdmin(LookOnly, BanAdminBase):
    list_display = ("user", "conversation", "banned_by", "reason", "created_at")
    list_select_related = ("user", "conversation", "banned_by")
    search_fields = ("=conversation__id", "=user__id", "=user__email")
    search_help_text = "The id of a conversation or a person, or an email address."
    ordering = ("-id",)
    raw_id_fields = ("conversation", "user", "banned_by")

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False
