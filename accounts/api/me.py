"""One's own account: /v1/users/me and what is below it."""

from datetime import time
from uuid import UUID

from django.contrib.auth import login
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import (
    browser_request,
    leave_browser,
    person_of,
    sign_in_of,
    tokens_json,
)
from accounts.api.bodies import (
    DoNotDisturbBody,
    PasswordBody,
    PasswordChangeBody,
    PrivacyBody,
    ProfileChangeBody,
    StatusBody,
)
from accounts.api.pages import page_answer, position_param
from accounts.auth.browser_sessions import mark_factor_as_passed
from accounts.auth.client_address import client_of
from accounts.auth.live_sign_ins import read_sign_ins
from accounts.auth.sign_ins import end_sign_in, start_token_sign_in
from accounts.models import SignIn
from accounts.people.accounts import (
    change_password,
    close_own_account,
    update_profile,
)
from accounts.people.do_not_disturb import QuietHours, pause_notifications, set_quiet_hours
from accounts.people.privacy import set_privacy
from accounts.people.status import set_status
from accounts.wire import do_not_disturb_json, privacy_json, profile_json, sign_in_json
from chatproject.core.api.params import CURSOR, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body


class MeView(ApiView):
    @extend_schema(operation_id="getMe", responses=serializers.ProfileSerializer)
    def get(self, request: Request) -> Response:
        """One's own profile."""
        return Response(profile_json(person_of(request)))

    @extend_schema(
        operation_id="updateMe",
        request=ProfileChangeBody,
        responses=serializers.ProfileSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change the name, about, the time zone, or whether one's presence is hidden."""
        body = read_body(request, ProfileChangeBody)
        user = update_profile(
            user=person_of(request),
            name=body.name,
            about=body.about,
            hides_presence=body.hidesPresence,
            time_zone=body.timeZone,
        )
        return Response(profile_json(user))

    @extend_schema(
        operation_id="closeMyAccount",
        request=PasswordBody,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Close one's account: leave every conversation and end every sign-in."""
        body = read_body(request, PasswordBody)
        close_own_account(
            user=person_of(request), password=body.password, client=client_of(request)
        )
        leave_browser(request)
        return Response(status=204)


class StatusView(ApiView):
    @extend_schema(
        operation_id="setStatus", request=StatusBody, responses=serializers.ProfileSerializer
    )
    def put(self, request: Request) -> Response:
        """Set the emoji and the line that others see, until a time or until it is changed."""
        body = read_body(request, StatusBody)
        user = set_status(
            user=person_of(request), emoji=body.emoji or "", text=body.text or "", until=body.until
        )
        return Response(profile_json(user))


class PrivacyView(ApiView):
    @extend_schema(
        operation_id="setPrivacy", request=PrivacyBody, responses=serializers.PrivacySerializer
    )
    def patch(self, request: Request) -> Response:
        """Set for whom one's presence and receipts are, and who may write first or add one."""
        body = read_body(request, PrivacyBody)
        user = set_privacy(user=person_of(request), **body.given())
        return Response(privacy_json(user))


class DoNotDisturbView(ApiView):
    @extend_schema(
        operation_id="setDoNotDisturb",
        request=DoNotDisturbBody,
        responses=serializers.DoNotDisturbSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Set the hours without notifications, or pause them all until a time."""
        body, user = read_body(request, DoNotDisturbBody), person_of(request)
        with transaction.atomic():
            if "quietHours" in body.model_fields_set:
                given = body.quietHours
                hours = given and QuietHours(_clock(given.since), _clock(given.until))
                set_quiet_hours(user=user, hours=hours or None)
            if "until" in body.model_fields_set:
                pause_notifications(user=user, until=body.until)
        return Response(do_not_disturb_json(user))


def _clock(text: str) -> time:
    return time.fromisoformat(text)


class PasswordView(ApiView):
    @extend_schema(
        operation_id="changePassword",
        request=PasswordChangeBody,
        responses=serializers.PasswordChangedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Change the password. Ends all sign-ins; the answer holds the tokens of a new one."""
        body, client = read_body(request, PasswordChangeBody), client_of(request)
        user = change_password(
            user=person_of(request),
            current=body.currentPassword,
            new=body.newPassword,
            client=client,
        )
        if sign_in_of(request).kind == SignIn.Kind.BROWSER:
            mark_factor_as_passed(browser_request(request))
            login(browser_request(request), user)
            return Response({"access": None, "refresh": None, "user": profile_json(user)})
        pair = start_token_sign_in(user=user, client=client, has_passed_factor=True)
        return Response(tokens_json(pair))


class SignInsView(ApiView):
    @extend_schema(
        operation_id="listSignIns",
        parameters=[CURSOR, limit_parameter()],
        responses=serializers.SignInsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The browsers and programs that are signed in as oneself, the newest first."""
        page = read_sign_ins(
            asker_of(request), position=position_param(request, UUID), limit=limit_param(request)
        )
        current = sign_in_of(request).pk
        return page_answer(page, lambda each: sign_in_json(each, current=each.pk == current))


class SignInView(ApiView):
    @extend_schema(operation_id="endSignIn", responses={204: None})
    def delete(self, request: Request, sign_in_id: UUID) -> Response:
        """End one of one's sign-ins with its tokens and sockets."""
        end_sign_in(user_id=asker_of(request), sign_in_id=sign_in_id)
        return Response(status=204)
