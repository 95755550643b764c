"""One's email address: /v1/users/me/email, and the links that confirm addresses."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import OpenView, person_of
from accounts.api.bodies import EmailChangeBody, EmailTokenBody
from accounts.auth.client_address import client_of
from accounts.auth.rate_limits import count_attempt
from accounts.models import User
from accounts.people.email_changes import (
    ask_to_verify,
    cancel_email_change,
    change_email,
    confirm_email,
    pending_change,
)
from accounts.people.registrations import confirm_registration
from chatproject.core.api.views import ApiView, asker_of, read_body
from chatproject.core.times import rfc3339_or_none


class EmailView(ApiView):
    @extend_schema(operation_id="getMyEmail", responses=serializers.EmailSerializer)
    def get(self, request: Request) -> Response:
        """One's address, whether it is confirmed, and the one that it is to be changed to."""
        return Response(_email_json(person_of(request)))

    @extend_schema(
        operation_id="changeMyEmail",
        request=EmailChangeBody,
        responses={202: serializers.EmailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Change the address, when the links in mails to the old and the new one were followed."""
        body, person = read_body(request, EmailChangeBody), person_of(request)
        change_email(
            user=person,
            email=body.email,
            password=body.password,
            client=client_of(request),
            language=get_language() or "",
        )
        return Response(_email_json(person), status=202)

    @extend_schema(operation_id="keepMyEmail", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Keep the present address: the links that would change it no longer work."""
        cancel_email_change(user_id=asker_of(request))
        return Response(status=204)


class VerificationView(ApiView):
    @extend_schema(operation_id="verifyMyEmail", request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Have a link sent that confirms one's address, also one that was set aside."""
        ask_to_verify(
            user=person_of(request), client=client_of(request), language=get_language() or ""
        )
        return Response(status=202)


class ConfirmEmailView(OpenView):
    @extend_schema(
        operation_id="confirmEmail",
        request=EmailTokenBody,
        responses=serializers.ConfirmedEmailSerializer,
    )
    def post(self, request: Request) -> Response:
        """Do what the link of a mail is for: begin an account, confirm or change an address."""
        body = read_body(request, EmailTokenBody)
        count_attempt(what="emailed-link", account="", address=client_of(request).address)
        if confirm_registration(body.token) is not None:
            return Response({"state": "registered"})
        return Response({"state": confirm_email(body.token).value})


def _email_json(person: User) -> dict[str, object]:
    change = pending_change(person.pk)
    return {
        "email": person.email,
        "verifiedAt": rfc3339_or_none(person.email_verified_at),
        "bouncedAt": rfc3339_or_none(person.email_bounced_at),
        "change": change
        and {
            "email": change.email,
            "oldConfirmed": change.old_confirmed_at is not None,
            "newConfirmed": change.new_confirmed_at is not None,
        },
    }
