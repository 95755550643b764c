"""The paths of the conversations app under /v1/."""

from conversations.api.own_state import OWN_STATE_ROUTES
from conversations.api.presence import PRESENCE_ROUTES

urlpatterns = [*OWN_STATE_ROUTES, *PRESENCE_ROUTES]
