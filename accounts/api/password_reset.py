"""A forgotten password: /v1/users/password-reset and what is below it."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.access import OpenView
from accounts.api.bodies import NewPasswordBody, PasswordResetBody
from accounts.auth.client_address import client_of
from accounts.people.password_reset import request_password_reset, reset_password
from chatproject.core.api.views import read_body


class PasswordResetView(OpenView):
    @extend_schema(
        operation_id="requestPasswordReset", request=PasswordResetBody, responses={202: None}
    )
    def post(self, request: Request) -> Response:
        """Have a link for a new password sent. The answer is the same for unknown addresses."""
        body = read_body(request, PasswordResetBody)
        request_password_reset(
            email=body.email, client=client_of(request), language=get_language() or ""
        )
        return Response(status=202)


class NewPasswordView(OpenView):
    @extend_schema(operation_id="resetPassword", request=NewPasswordBody, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password with the token of the mail's link. Ends all sign-ins."""
        body = read_body(request, NewPasswordBody)
        reset_password(token=body.token, password=body.password, client=client_of(request))
        return Response(status=204)
