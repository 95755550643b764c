"""The paths of the messaging app under /v1/; each module lists its own."""

from messaging.api.conversations import CONVERSATION_ROUTES
from messaging.api.participants import PARTICIPANT_ROUTES

urlpatterns = [*CONVERSATION_ROUTES, *PARTICIPANT_ROUTES]
