"""Read-only admin pages of conversations, participants and bans; the acts are in messaging.

Members and titles are part of the log too, so only the actions that write to it change them.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatproject.core.admin.lists import ReadOnlyAdmin
from conversations.models import Ban, Conversation, Participant


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "kind",
        "member_count",
        "last_seq",
        "last_message_at",
        "locked_at",
    )
    list_filter = ("kind",)
    ordering = ("-id",)
    search_fields = ("title",)  # shows the box; `get_search_results` does the search
    search_help_text = _("An id, an origin such as slack:C123, or the beginning of a title.")
    fields = (
        "id",
        "kind",
        "title",
        "topic",
        "created_by",
        "created_at",
        "locked_at",
        "slow_seconds",
        "history",
        "retention_days",
        "open_from_seq",
        "member_count",
        "last_seq",
        "last_rev",
        "member_rev",
        "last_at",
        "last_message_at",
        "origin",
    )

    @admin.display(description=_("conversation"))
    def name(self, conversation: Conversation) -> str:
        return conversation.short_name

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        key = _uuid_or_none(term)
        if key is not None:
            return queryset.filter(pk=key), False
        return queryset.filter(Q(title__istartswith=term) | Q(origin=term)), False


class MembershipAdmin(ReadOnlyAdmin):
    """A page that is searched by conversation or person."""

    ordering = ("-id",)
    search_fields = ("user__email",)  # shows the box; `get_search_results` does the search
    search_help_text = _("The id of a conversation or a person, or an email address.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(_rows_of(term)) if term else queryset), False


@admin.register(Participant)
class ParticipantAdmin(MembershipAdmin):
    list_display = ("user", "conversation", "role", "joined_at", "left_at")
    list_select_related = ("user", "conversation")
    list_filter = ("role",)
    raw_id_fields = ("conversation", "user", "removed_by")


@admin.register(Ban)
class BanAdmin(MembershipAdmin):
    list_display = ("user", "conversation", "banned_by", "reason", "created_at")
    list_select_related = ("user", "conversation", "banned_by")
    raw_id_fields = ("conversation", "user", "banned_by")


def _rows_of(term: str) -> Q:
    """The rows of the conversation or person that the term names."""
    key = _uuid_or_none(term)
    if key is not None and Conversation.objects.filter(pk=key).exists():
        return Q(conversation=key)
    people = User.objects.filter(pk=key) if key else User.objects.by_email(term)
    return Q(user__in=list(people))


def _uuid_or_none(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
