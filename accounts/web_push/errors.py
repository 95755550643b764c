"""Refusals about notifications of devices."""

from chatproject.core.errors import NotFound


class PushSubscriptionNotFound(NotFound):
    code = "push_subscription_not_found"
    detail = "This device is not subscribed to notifications."


class PushFailed(Exception):
    """The push service did not take it now; it may later."""
