"""One's own second factors: /v1/users/me/mfa and what is below it."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import browser_request, person_of
from accounts.api.bodies import CodeBody, IdentityBody, NewPasskeyBody, PasskeyNameBody
from accounts.auth.client_address import client_of
from accounts.auth.relying_party import relying_party_of
from accounts.second_factor.enrolment import (
    begin_totp,
    confirm_totp,
    remove_totp,
    replace_recovery_codes,
)
from accounts.second_factor.factors import factors_of
from accounts.second_factor.passkey_enrolment import (
    add_passkey,
    begin_passkey,
    remove_passkey,
    rename_passkey,
)
from accounts.wire import factors_json, passkey_json
from chatproject.core.api.views import ApiView, read_body


class EnrolmentView(ApiView):
    """Open to those who have to set up a second factor before anything else."""

    is_for_enrolment = True


class MfaView(EnrolmentView):
    @extend_schema(operation_id="getMfa", responses=serializers.FactorsSerializer)
    def get(self, request: Request) -> Response:
        """Which second factors one has, and whether this server requires one."""
        return Response(factors_json(factors_of(person_of(request))))


class TotpView(EnrolmentView):
    @extend_schema(
        operation_id="beginTotp", request=None, responses={201: serializers.TotpSerializer}
    )
    def post(self, request: Request) -> Response:
        """Begin to set up an authenticator app. It counts after a code of it was confirmed."""
        begun = begin_totp(user=person_of(request))
        return Response({"secret": begun.secret, "uri": begun.uri}, status=201)

    @extend_schema(operation_id="removeTotp", request=IdentityBody, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Remove the authenticator app."""
        body = read_body(request, IdentityBody)
        remove_totp(
            user=person_of(request),
            password=body.password,
            code=body.code,
            client=client_of(request),
        )
        return Response(status=204)


class TotpConfirmView(EnrolmentView):
    @extend_schema(
        operation_id="confirmTotp",
        request=CodeBody,
        responses=serializers.RecoveryCodesSerializer,
    )
    def post(self, request: Request) -> Response:
        """Confirm the authenticator app by a code. The first factor gives recovery codes, once."""
        body = read_body(request, CodeBody)
        codes = confirm_totp(user=person_of(request), code=body.code, client=client_of(request))
        return Response({"recoveryCodes": codes})


class RecoveryCodesView(EnrolmentView):
    @extend_schema(
        operation_id="replaceRecoveryCodes",
        request=IdentityBody,
        responses={201: serializers.RecoveryCodesSerializer},
    )
    def post(self, request: Request) -> Response:
        """Get ten new recovery codes; the old ones are worth nothing from then on."""
        body = read_body(request, IdentityBody)
        codes = replace_recovery_codes(
            user=person_of(request),
            password=body.password,
            code=body.code,
            client=client_of(request),
        )
        return Response({"recoveryCodes": codes}, status=201)


class PasskeyOptionsView(EnrolmentView):
    @extend_schema(
        operation_id="beginPasskey", request=None, responses=serializers.PasskeyOptionsSerializer
    )
    def post(self, request: Request) -> Response:
        """Get what a new passkey is made from."""
        step, options = begin_passkey(
            user=person_of(request), party=relying_party_of(browser_request(request))
        )
        return Response({"stepToken": step.token, "publicKey": options})


class PasskeysView(EnrolmentView):
    @extend_schema(
        operation_id="addPasskey",
        request=NewPasskeyBody,
        responses={201: serializers.NewPasskeySerializer},
    )
    def post(self, request: Request) -> Response:
        """Register a passkey. The first factor gives recovery codes, once."""
        body = read_body(request, NewPasskeyBody)
        registered = add_passkey(
            user=person_of(request),
            step_token=body.stepToken,
            credential=body.credential,
            name=body.name,
            party=relying_party_of(browser_request(request)),
        )
        answer = {
            "passkey": passkey_json(registered.passkey),
            "recoveryCodes": registered.recovery_codes,
        }
        return Response(answer, status=201)


class PasskeyView(EnrolmentView):
    @extend_schema(
        operation_id="renamePasskey",
        request=PasskeyNameBody,
        responses=serializers.PasskeySerializer,
    )
    def patch(self, request: Request, passkey_id: UUID) -> Response:
        """Give a passkey another name."""
        body = read_body(request, PasskeyNameBody)
        renamed = rename_passkey(user=person_of(request), passkey_id=passkey_id, name=body.name)
        return Response(passkey_json(renamed))

    @extend_schema(operation_id="removePasskey", request=IdentityBody, responses={204: None})
    def delete(self, request: Request, passkey_id: UUID) -> Response:
        """Remove a passkey."""
        body = read_body(request, IdentityBody)
        remove_passkey(
            user=person_of(request),
            passkey_id=passkey_id,
            password=body.password,
            code=body.code,
            client=client_of(request),
        )
        return Response(status=204)
