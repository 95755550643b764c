"""Coming in and going out: /v1/users/register, login, refresh, logout, and socket tickets."""

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.askers import browser_request, sign_in_of
from accounts.api.bodies import (
    email_field,
    name_field,
    needed,
    password_field,
    read_body,
    token_field,
)
from accounts.auth.client_address import client_of
from accounts.auth.log_in import log_in
from accounts.auth.sign_ins import end_all_sign_ins, end_sign_in
from accounts.auth.token_refresh import refresh_tokens
from accounts.auth.tokens import TokenPair, issue_ticket
from accounts.models import SignIn
from accounts.people.accounts import register_person
from accounts.wire import profile_json
from chatproject.core.api.fields import asker_of, body_of, flag_field
from chatproject.core.api.views import ApiView
from chatproject.core.times import rfc3339


class OpenView(ApiView):
    """For those who are not signed in; what else the request carries does not matter."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(OpenView):
    @extend_schema(
        operation_id="register",
        request=serializers.RegistrationSerializer,
        responses={201: serializers.ProfileSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open an account."""
        fields = read_body(
            body_of(request),
            name=needed(name_field),
            email=needed(email_field),
            password=needed(password_field),
        )
        person = register_person(**fields, client=client_of(request))
        return Response(profile_json(person), status=201)


class LogInView(OpenView):
    @extend_schema(
        operation_id="login",
        request=serializers.LogInSerializer,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get tokens for an email and a password."""
        fields = read_body(
            body_of(request), email=needed(email_field), password=needed(password_field)
        )
        return Response(tokens_json(log_in(**fields, client=client_of(request))))


class RefreshView(OpenView):
    @extend_schema(
        operation_id="refresh",
        request=serializers.RefreshSerializer,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get new tokens for a refresh token. It works once; a second use ends the sign-in."""
        fields = read_body(body_of(request), refresh=needed(token_field))
        return Response(tokens_json(refresh_tokens(**fields)))


class LogOutView(ApiView):
    @extend_schema(
        operation_id="logout", request=serializers.LogOutSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """End this sign-in with its tokens and sockets, or all of one's sign-ins."""
        if flag_field(body_of(request), "everywhere"):
            end_all_sign_ins(user_id=asker_of(request))
        else:
            end_sign_in(user_id=asker_of(request), sign_in_id=sign_in_of(request).pk)
        leave_browser(request)
        return Response(status=204)


class TicketsView(ApiView):
    @extend_schema(
        operation_id="createTicket", request=None, responses={201: serializers.TicketSerializer}
    )
    def post(self, request: Request) -> Response:
        """Get a pass for opening one socket within 30 s, where no header can be set."""
        ticket = issue_ticket(sign_in_id=sign_in_of(request).pk)
        answer = {"ticket": ticket.text, "expiresAt": rfc3339(ticket.expires_at)}
        return Response(answer, status=201)


def tokens_json(pair: TokenPair) -> dict[str, object]:
    return {
        "access": pair.access,
        "refresh": pair.refresh,
        "user": profile_json(pair.sign_in.user),
    }


def leave_browser(request: Request) -> None:
    """Empties the browser's session, when it was one that asked."""
    if sign_in_of(request).kind == SignIn.Kind.BROWSER:
        logout(browser_request(request))
