"""The paths of the messaging app under /v1/; each module lists its own."""

from messaging.api.bots import BOT_ROUTES
from messaging.api.conversations import CONVERSATION_ROUTES
from messaging.api.forward import FORWARD_ROUTES
from messaging.api.gallery import GALLERY_ROUTES
from messaging.api.history import HISTORY_ROUTES
from messaging.api.invites import INVITE_ROUTES
from messaging.api.join_requests import JOIN_REQUEST_ROUTES
from messaging.api.link_previews import LINK_PREVIEW_ROUTES
from messaging.api.message_actions import MESSAGE_ACTION_ROUTES
from messaging.api.outgoing_webhooks import OUTGOING_WEBHOOK_ROUTES
from messaging.api.participants import PARTICIPANT_ROUTES
from messaging.api.polls import POLL_ROUTES
from messaging.api.reports import REPORT_ROUTES
from messaging.api.saved import SAVED_ROUTES
from messaging.api.saved_drafts import SAVED_DRAFT_ROUTES
from messaging.api.scheduled import SCHEDULED_ROUTES
from messaging.api.search import SEARCH_ROUTES
from messaging.api.slash_commands import SLASH_COMMAND_ROUTES
from messaging.api.sync import SYNC_ROUTES
from messaging.api.threads import THREAD_ROUTES
from messaging.api.webhooks import WEBHOOK_ROUTES

urlpatterns = [
    *CONVERSATION_ROUTES,
    *PARTICIPANT_ROUTES,
    *HISTORY_ROUTES,
    *MESSAGE_ACTION_ROUTES,
    *THREAD_ROUTES,
    *SAVED_DRAFT_ROUTES,
    *JOIN_REQUEST_ROUTES,
    *FORWARD_ROUTES,
    *POLL_ROUTES,
    *LINK_PREVIEW_ROUTES,
    *SCHEDULED_ROUTES,
    *SAVED_ROUTES,
    *GALLERY_ROUTES,
    *SYNC_ROUTES,
    *REPORT_ROUTES,
    *SEARCH_ROUTES,
    *INVITE_ROUTES,
    *BOT_ROUTES,
    *WEBHOOK_ROUTES,
    *SLASH_COMMAND_ROUTES,
    *OUTGOING_WEBHOOK_ROUTES,
]
