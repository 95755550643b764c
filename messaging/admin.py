"""Read-only admin pages of a message's child tables; messages are in `moderation.admin`."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from chatproject.core.admin.lists import ReadOnlyAdmin
from conversations.models import Conversation, Participant
from messaging.integrations.incoming_webhooks import end_by_staff
from messaging.models import (
    Delivery,
    Hide,
    IncomingWebhook,
    Mention,
    MessageLinkPreview,
    OutgoingWebhook,
    Reaction,
    Receipt,
    Revision,
    SlashCommand,
)
from messaging.moderation import admin as moderation
from messaging.moderation.message_search import uuid_or_none

__all__ = ["moderation"]


class LogAdmin(ReadOnlyAdmin):
    """A child table of messages, searched by conversation or person.

    No index of these tables starts with a person, so a person's rows are searched in each
    conversation that the person was ever in.
    """

    person: str | None = "user"  # the field that refers to a person
    ordering = ("-id",)
    search_fields = ("conversation__id",)  # shows the box; `get_search_results` does the search
    search_help_text = _("The id of a conversation or a person, an email address, or a whole name.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self._found(term)) if term else queryset), False

    def _found(self, term: str) -> Q:
        key = uuid_or_none(term)
        if key is not None and Conversation.objects.filter(pk=key).exists():
            return Q(conversation=key)
        if self.person is None:
            return Q(pk__in=[])
        named = Q(pk=key) if key else Q(email=term.lower()) | Q(name=term)
        return self._of_people(list(User.objects.filter(named).values_list("pk", flat=True)))

    def _of_people(self, people: list[UUID]) -> Q:
        periods = Participant.objects.filter(user__in=people)
        return Q(**{f"{self.person}__in": people}, conversation__in=periods.values("conversation"))


@admin.register(Revision)
class RevisionAdmin(LogAdmin):
    person = None
    search_help_text = _("The id of a conversation.")
    list_display = ("created_at", "conversation", "seq", "rev", "body")
    list_select_related = ("conversation",)


@admin.register(Reaction)
class ReactionAdmin(LogAdmin):
    list_display = ("created_at", "conversation", "seq", "user", "emoji", "rev", "removed_rev")
    list_select_related = ("conversation", "user")


@admin.register(Mention)
class MentionAdmin(LogAdmin):
    list_display = ("conversation", "seq", "user")
    list_select_related = ("conversation", "user")


@admin.register(Receipt)
class ReceiptAdmin(LogAdmin):
    list_display = ("at", "conversation", "user", "kind", "from_seq", "up_to_seq")
    list_filter = ("kind",)
    list_select_related = ("conversation", "user")


@admin.register(IncomingWebhook)
class IncomingWebhookAdmin(ReadOnlyAdmin):
    list_display = ("account", "conversation", "made_by", "created_at", "last_used_at", "ended_at")
    list_select_related = ("account", "conversation", "made_by")
    search_fields = ("account__name", "made_by__name", "made_by__email")
    ordering = ("-pk",)
    actions = ("end",)

    @admin.action(description=_("End the selected webhooks"), permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[IncomingWebhook]) -> None:
        assert isinstance(request.user, User)
        ended = sum(end_by_staff(webhook, by=request.user) for webhook in chosen)
        self.message_user(
            request,
            ngettext("{count} webhook ended.", "{count} webhooks ended.", ended).format(
                count=ended
            ),
            messages.SUCCESS,
        )

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_signin")


@admin.register(OutgoingWebhook)
class OutgoingWebhookAdmin(ReadOnlyAdmin):
    list_display = ("account", "conversation", "url", "made_by", "switched_off_at", "ended_at")
    list_select_related = ("account", "conversation", "made_by")
    search_fields = ("account__name", "url", "made_by__name")
    ordering = ("-pk",)
    exclude = ("secret",)


@admin.register(SlashCommand)
class SlashCommandAdmin(ReadOnlyAdmin):
    list_display = ("name", "conversation", "url", "made_by", "created_at", "ended_at")
    list_select_related = ("conversation", "made_by")
    search_fields = ("name", "url", "made_by__name")
    ordering = ("-pk",)
    exclude = ("secret",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Without their bodies, which hold messages."""

    list_display = ("created_at", "webhook", "event", "state", "attempts", "status", "error")
    list_select_related = ("webhook",)
    list_display_links = None
    ordering = ("-pk",)
    exclude = ("body",)


@admin.register(Hide)
class HideAdmin(LogAdmin):
    list_display = ("created_at", "conversation", "seq", "user")
    list_select_related = ("conversation", "user")


@admin.register(MessageLinkPreview)
class MessageLinkPreviewAdmin(LogAdmin):
    person = None
    search_help_text = _("The id of a conversation.")
    list_display = ("conversation", "seq", "preview_id", "rev", "removed_rev", "is_dismissed")
    list_select_related = ("conversation",)
    exclude = ("url_hash",)
