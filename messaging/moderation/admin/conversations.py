"""The admin page of conversations: search, lock, slow mode. Private ones only with a report."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatproject.core.admin.actions import ActsOnEach, ReasonForm
from conversations.admin import ConversationAdmin
from conversations.models import Conversation
from messaging.moderation.access import PUBLIC, readable_conversations, record_conversation_read
from messaging.moderation.actions.conversations import (
    MAX_SLOW_SECONDS,
    lock_conversation,
    set_slow_mode,
    unlock_conversation,
)


class SlowForm(ReasonForm):
    seconds = forms.IntegerField(
        min_value=0,
        max_value=MAX_SLOW_SECONDS,
        label=_("Seconds"),
        help_text=_("How long each member waits between messages; 0 turns slow mode off."),
    )


class ModeratedConversationAdmin(ActsOnEach, ConversationAdmin):
    row_argument = "conversation_id"
    actions = ("lock", "unlock", "slow_down")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        assert isinstance(request.user, User)
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(readable_conversations(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No form changes a conversation: the actions do, and write to its log as well."""
        return False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Conversation | None:
        conversation: Conversation | None = super().get_object(request, object_id, from_field)
        if conversation is not None and conversation.kind != PUBLIC:
            assert isinstance(request.user, User)
            record_conversation_read(request.user, conversation.pk, where="conversation")
        return conversation

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("conversations.change_conversation")

    @admin.action(description=_("Lock: nobody can post"), permissions=["moderate"])
    def lock(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Lock"), lock_conversation)

    @admin.action(description=_("Unlock"), permissions=["moderate"])
    def unlock(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Unlock"), unlock_conversation)

    @admin.action(description=_("Slow mode …"), permissions=["moderate"])
    def slow_down(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Slow mode"), set_slow_mode, form=SlowForm)


admin.site.unregister(Conversation)
admin.site.register(Conversation, ModeratedConversationAdmin)
