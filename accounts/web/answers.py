"""Answers with a form, and with the status of a rate limit that it hit."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chatproject.core.errors import RateLimited


class LimitedForm(forms.Form):
    """Calls an action that has a rate limit; `refusal` is set when it is hit."""

    refusal: RateLimited | None = None

    def limit(self, refusal: RateLimited) -> None:
        self.refusal = refusal
        self.add_error(None, refusal.detail)


def answer_form(
    request: HttpRequest, template: str, form: LimitedForm, **context: Any
) -> HttpResponse:
    """The page, which is a 429 where the form hit a rate limit."""
    refusal = form.refusal
    status = refusal.status if refusal else 200
    page = render(request, template, {"form": form, **context}, status=status)
    for name, value in (refusal.headers if refusal else {}).items():
        page[name] = value
    return page
