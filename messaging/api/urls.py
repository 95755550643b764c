"""The paths of the messaging app under /v1/; each module lists its own."""

from messaging.api.participants import PARTICIPANT_ROUTES

urlpatterns = [*PARTICIPANT_ROUTES]
