"""The admin page of word filters."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.audit.admin import AuditedAdmin
from accounts.models import AuditEntry
from messaging.moderation.models import WordFilter
from messaging.moderation.word_filters import announce_word_filters, normal


class WordForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = WordFilter
        fields = ("word", "act")
        help_texts = {
            "word": _("One or more whole words, in upper or lower case."),
            "act": _(
                "Refuse: the message is not posted. Flag: it is, and is reported to the moderators."
            ),
        }

    def clean_word(self) -> str:
        word = normal(self.cleaned_data["word"])
        if not word:
            raise forms.ValidationError(_("It has no letter or digit."))
        return word


@admin.register(WordFilter)
class WordFilterAdmin(AuditedAdmin):
    form = WordForm
    list_display = ("word", "act", "created_at")
    list_filter = ("act",)
    search_fields = ("word",)
    ordering = ("word",)

    def record(self, request: HttpRequest, obj: models.Model, verb: str, **what: Any) -> AuditEntry:
        announce_word_filters()
        return super().record(request, obj, verb, **what)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self.record(request, obj, "added", after={"word": obj.word, "act": obj.act})

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return [
            self.record(request, obj, "deleted", before={"word": obj.word, "act": obj.act})
            for obj in queryset
        ]
