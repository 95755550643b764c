"""The log in the admin: to look at, newest first, and to delete from for everybody."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from chatproject.core.admin import ReadOnlyAdmin
from conversations.models import Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.errors import SystemMessage
from messaging.models import Hide, Mention, Message, Reaction, Receipt, Revision

EXCERPT = 80  # characters of a text in a list


class LogAdmin(ReadOnlyAdmin):
    """A table of the log, which is found by conversation or, through it, by person.

    No index of these tables begins with a person, so a person's rows are looked up in each of the
    conversations that the person was ever in.
    """

    person: str | None = "user"  # the field that names one
    ordering = ("-id",)
    search_fields = ("conversation__id",)  # shows the box; what it finds is said below
    search_help_text = "The id of a conversation or a person, an email address, or a whole name."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self._found(term)) if term else queryset), False

    def _found(self, term: str) -> Q:
        key = _uuid_or_none(term)
        if key is not None and Conversation.objects.filter(pk=key).exists():
            return Q(conversation=key)
        if self.person is None:
            return Q(pk__in=[])
        named = Q(pk=key) if key else Q(email=term.lower()) | Q(name=term)
        return self._of_people(list(User.objects.filter(named).values_list("pk", flat=True)))

    def _of_people(self, people: list[UUID]) -> Q:
        periods = Participant.objects.filter(user__in=people)
        return Q(**{f"{self.person}__in": people}, conversation__in=periods.values("conversation"))


def _uuid_or_none(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


@admin.register(Message)
class MessageAdmin(LogAdmin):
    person = "sender"
    list_display = ("created_at", "conversation", "seq", "sender", "kind", "excerpt", "is_deleted")
    list_filter = ("kind",)
    list_select_related = ("conversation", "sender")
    actions = ("delete_for_everyone",)

    def _found(self, term: str) -> Q:
        key = _uuid_or_none(term)
        if key is not None and Message.objects.filter(pk=key).exists():
            return Q(pk=key)
        return super()._found(term)

    @admin.display(description="text")
    def excerpt(self, message: Message) -> str:
        text = message.body or str((message.meta or {}).get("event", ""))
        return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"

    @admin.display(boolean=True, description="deleted")
    def is_deleted(self, message: Message) -> bool:
        return message.deleted_at is not None

    def has_delete_for_everyone_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.delete_message")

    @admin.action(description="Delete for everyone", permissions=["delete_for_everyone"])
    def delete_for_everyone(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        assert isinstance(request.user, User)
        deleted = refused = 0
        for conversation_id, seq in list(chosen.values_list("conversation", "seq")):
            try:
                delete_message(
                    conversation_id=conversation_id,
                    user_id=request.user.pk,
                    seq=seq,
                    as_moderator=True,
                )
                deleted += 1
            except SystemMessage:
                refused += 1
        self.message_user(request, f"{deleted} messages are deleted for everyone.")
        if refused:
            self.message_user(
                request, f"{refused} system messages cannot be deleted.", messages.WARNING
            )


@admin.register(Revision)
class RevisionAdmin(LogAdmin):
    person = None
    search_help_text = "The id of a conversation."
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


@admin.register(Hide)
class HideAdmin(LogAdmin):
    list_display = ("created_at", "conversation", "seq", "user")
    list_select_related = ("conversation", "user")
