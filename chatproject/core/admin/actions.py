"""Admin actions with a confirmation page, which asks for a reason."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatproject.core.errors import Refusal
from chatproject.core.plain_text import control_errors

if TYPE_CHECKING:
    _Page = admin.ModelAdmin[Any]
else:
    _Page = object

MAX_ROWS = 500
Answers = Mapping[str, Any]  # the cleaned data of the form


class ReasonForm(forms.Form):
    """The reason for the audit log; the person concerned sees it too."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        label=_("Reason"),
        help_text=_("Kept in the audit log."),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if wrong := control_errors(reason, "reason", may_have_lines=True):
            raise forms.ValidationError(wrong[0]["detail"])
        return reason


class UntilForm(ReasonForm):
    """A reason, and an end in the future in UTC; empty means until it is undone."""

    ends_at = forms.DateTimeField(
        required=False,
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("UTC. Leave it empty for no end."),
    )

    def clean_ends_at(self) -> datetime | None:
        ends_at: datetime | None = self.cleaned_data["ends_at"]
        if ends_at is not None and ends_at <= timezone.now():
            raise forms.ValidationError(_("The end must be in the future."))
        return ends_at


def ask_first(
    page: "admin.ModelAdmin[Any]",
    request: HttpRequest,
    chosen: QuerySet[Any],
    *,
    title: str,
    form: type[ReasonForm] = ReasonForm,
) -> tuple[Answers | None, HttpResponse | None]:
    """The answers of the submitted form, or before that the page that shows it."""
    given = form(request.POST) if "confirmed" in request.POST else form()
    if given.is_bound and given.is_valid():
        return given.cleaned_data, None
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.model._meta,  # noqa: SLF001 (documented by Django)
        "rows": list(chosen[:MAX_ROWS]),
        "action": request.POST["action"],
        "form": given,
    }
    return None, TemplateResponse(request, "admin/confirm.html", context)


def do_each(
    page: "admin.ModelAdmin[Any]",
    request: HttpRequest,
    chosen: QuerySet[Any],
    *,
    title: str,
    do: Callable[[Any, Answers], object],
    form: type[ReasonForm] = ReasonForm,
) -> HttpResponse | None:
    """Asks, then acts on each row; a refusal for one row does not stop the others."""
    answers, question = ask_first(page, request, chosen, title=title, form=form)
    if answers is None:
        return question
    done, refused = 0, []
    for row in chosen[:MAX_ROWS]:
        try:
            with transaction.atomic():
                do(row, answers)
            done += 1
        except Refusal as refusal:
            refused.append(f"{row}: {refusal.detail}")
    tell(page, request, title, done, refused)
    return None


class ActsOnEach(_Page):
    """For a page whose actions take the row's id as `row_argument`, and the user as `by`."""

    row_argument: str

    def act_on_each(
        self,
        request: HttpRequest,
        chosen: QuerySet[Any],
        title: str,
        act: Callable[..., object],
        form: type[ReasonForm] = ReasonForm,
    ) -> HttpResponse | None:
        def do(row: Any, answers: Answers) -> object:
            return act(**{self.row_argument: row.pk}, by=request.user, **answers)

        return do_each(self, request, chosen, title=title, do=do, form=form)


def tell(
    page: "admin.ModelAdmin[Any]", request: HttpRequest, title: str, done: int, refused: list[str]
) -> None:
    if done or not refused:
        page.message_user(
            request,
            gettext("{title}: {done} done.").format(title=title, done=done),
            messages.SUCCESS,
        )
    for each in refused[:10]:
        page.message_user(request, each, messages.WARNING)
    if len(refused) > 10:
        page.message_user(
            request,
            gettext("{count} more were refused.").format(count=len(refused) - 10),
            messages.WARNING,
        )
