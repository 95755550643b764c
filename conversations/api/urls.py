"""The paths of the conversations app under /v1/."""

from conversations.api.folders import FOLDER_ROUTES
from conversations.api.own_state import OWN_STATE_ROUTES
from conversations.api.presence import PRESENCE_ROUTES
from conversations.api.profiles import PROFILE_ROUTES

urlpatterns = [*FOLDER_ROUTES, *OWN_STATE_ROUTES, *PRESENCE_ROUTES, *PROFILE_ROUTES]
