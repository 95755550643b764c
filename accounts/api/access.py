"""Coming in and going out: /v1/users/register, login, refresh, logout, and socket tickets."""

from typing import Any, cast

from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.bodies import (
    LogInBody,
    LogOutBody,
    MfaLogInBody,
    PasskeyLogInBody,
    PasskeyOptionsBody,
    RefreshBody,
    RegistrationBody,
)
from accounts.auth.client_address import client_of
from accounts.auth.log_in import log_in, log_in_by_code, log_in_by_passkey
from accounts.auth.relying_party import relying_party_of
from accounts.auth.sign_ins import end_all_sign_ins, end_sign_in
from accounts.auth.token_refresh import refresh_tokens
from accounts.auth.tokens import TokenPair, issue_ticket
from accounts.models import SignIn, User
from accounts.people.accounts import register_person
from accounts.second_factor.steps import begin_passkey_log_in
from accounts.wire import profile_json
from chatproject.core.api.views import ApiView, asker_of, read_body
from chatproject.core.errors import InvalidInput
from chatproject.core.times import rfc3339


def person_of(request: Request) -> User:
    """Views of people who are not signed in have none."""
    return cast("User", request.user)


def sign_in_of(request: Request) -> SignIn:
    return cast("SignIn", request.auth)


def browser_request(request: Request) -> HttpRequest:
    """Django's own request, for what works on its session."""
    return request._request  # noqa: SLF001 (the only way to it)


class OpenView(ApiView):
    """For those who are not signed in; what else the request carries does not matter."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(OpenView):
    @extend_schema(
        operation_id="register",
        request=RegistrationBody,
        responses={201: serializers.ProfileSerializer, 202: None},
    )
    def post(self, request: Request) -> Response:
        """Open an account. 202 where it begins with the link of a mail, for a taken address too."""
        body = read_body(request, RegistrationBody)
        person = register_person(
            name=body.name,
            email=body.email,
            password=body.password,
            client=client_of(request),
            invite_token=body.inviteToken or "",
            language=get_language() or "",
        )
        if person is None:
            return Response(status=202)
        return Response(profile_json(person), status=201)


class LogInView(OpenView):
    @extend_schema(
        operation_id="login",
        request=LogInBody,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get tokens for an email and a password."""
        body = read_body(request, LogInBody)
        pair = log_in(email=body.email, password=body.password, client=client_of(request))
        return Response(tokens_json(pair))


class RefreshView(OpenView):
    @extend_schema(
        operation_id="refresh",
        request=RefreshBody,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get new tokens for a refresh token. It works once; a second use ends the sign-in."""
        body = read_body(request, RefreshBody)
        return Response(tokens_json(refresh_tokens(refresh=body.refresh)))


class LogInByCodeView(OpenView):
    @extend_schema(
        operation_id="loginByCode",
        request=MfaLogInBody,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get tokens for the step token of `mfa_required` and a code or a passkey."""
        body = read_body(request, MfaLogInBody)
        if body.credential is not None:
            return Response(tokens_json(_by_passkey(request, body.stepToken, body.credential)))
        code = body.code or body.recoveryCode
        if code is None:
            raise InvalidInput.of("code", "A code or a recoveryCode is needed.", "required")
        pair = log_in_by_code(step_token=body.stepToken, code=code, client=client_of(request))
        return Response(tokens_json(pair))


class PasskeyOptionsView(OpenView):
    @extend_schema(
        operation_id="beginPasskeyLogin",
        request=PasskeyOptionsBody,
        responses=serializers.PasskeyOptionsSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get what a passkey is to sign, for a log-in without a password or its second half."""
        body = read_body(request, PasskeyOptionsBody)
        step, options = begin_passkey_log_in(
            step_token=body.stepToken,
            party=relying_party_of(browser_request(request)),
            client=client_of(request),
        )
        return Response({"stepToken": step.token, "publicKey": options})


class PasskeyLogInView(OpenView):
    @extend_schema(
        operation_id="loginByPasskey",
        request=PasskeyLogInBody,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Get tokens for what a passkey has signed."""
        body = read_body(request, PasskeyLogInBody)
        return Response(tokens_json(_by_passkey(request, body.stepToken, body.credential)))


def _by_passkey(request: Request, step_token: str, credential: dict[str, Any]) -> TokenPair:
    return log_in_by_passkey(
        step_token=step_token,
        credential=credential,
        party=relying_party_of(browser_request(request)),
        client=client_of(request),
    )


class LogOutView(ApiView):
    is_for_enrolment = True

    @extend_schema(operation_id="logout", request=LogOutBody, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this sign-in with its tokens and sockets, or all of one's sign-ins."""
        if read_body(request, LogOutBody).everywhere:
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
