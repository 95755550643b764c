"""`REST_FRAMEWORK` and `SPECTACULAR_SETTINGS`: the REST API and its OpenAPI document."""

from typing import Any

from chatproject import __version__

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.auth.authentication.TokenAuthentication",
        "accounts.auth.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.auth.scope_permission.HasScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["chatproject.core.api.media_types.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["chatproject.core.api.media_types.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "chatproject.core.api.schema.Schema",
    "EXCEPTION_HANDLER": "chatproject.core.api.problems.exception_handler",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Chat",
    "DESCRIPTION": (
        "Accounts, conversations and messages. Errors are application/problem+json. Fields of a "
        "body that are not named here are ignored."
    ),
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chatproject.core.api.schema.say_any_of",
    ],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/v1/",
    "ENUM_NAME_OVERRIDES": {
        "Audience": "accounts.models.Audience",
        "ConversationKind": "conversations.models.Conversation.Kind",
        "MessageKind": "messaging.models.Message.Kind",
        "ReportReason": "messaging.api.reports.REASONS",
        "DeliveryState": "messaging.integrations.models.Delivery.State",
        "WebhookEvent": "messaging.integrations.outgoing_webhooks.EVENTS",
        "ReportState": "messaging.models.Report.State",
        "SignInKind": "accounts.models.SignIn.Kind",
        "PresenceStatus": "chatproject.realtime.presence.store.Status",
        "MessageStatus": ["sent", "delivered", "read"],
        "ConversationHistory": "conversations.models.Conversation.History",
        "ParticipantRole": "conversations.models.Participant.Role",
        "ParticipantNotify": "conversations.models.Participant.Notify",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
