"""Notifications on the device that asks: /v1/users/me/push-subscriptions."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import sign_in_of
from accounts.api.bodies import PushSubscriptionBody
from accounts.models import PushSubscription
from accounts.web_push.keys import public_key
from accounts.web_push.subscriptions import subscribe_device, unsubscribe_device
from chatproject.core.api.views import ApiView, asker_of, read_body


class PushSubscriptionsView(ApiView):
    @extend_schema(
        operation_id="getPushSubscription", responses=serializers.PushSubscriptionSerializer
    )
    def get(self, request: Request) -> Response:
        """The server's public key, and what this sign-in has subscribed."""
        mine = PushSubscription.objects.filter(sign_in=sign_in_of(request)).first()
        return Response(_json(mine))

    @extend_schema(
        operation_id="subscribeToPush",
        request=PushSubscriptionBody,
        responses={201: serializers.PushSubscriptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Notify this device (Web Push). It ends with the sign-in."""
        body = read_body(request, PushSubscriptionBody)
        made = subscribe_device(
            sign_in=sign_in_of(request),
            endpoint=body.endpoint,
            p256dh=body.keys.p256dh,
            auth=body.keys.auth,
            shows_text=body.showsText if body.showsText is not None else True,
        )
        return Response(_json(made), status=201)

    @extend_schema(operation_id="unsubscribeFromPush", responses={204: None})
    def delete(self, request: Request) -> Response:
        """No longer notify this device."""
        unsubscribe_device(user_id=asker_of(request), sign_in_id=sign_in_of(request).pk)
        return Response(status=204)


def _json(subscription: PushSubscription | None) -> dict[str, object]:
    return {
        "publicKey": public_key(),
        "endpoint": subscription and subscription.endpoint,
        "showsText": subscription.shows_text if subscription else True,
    }
