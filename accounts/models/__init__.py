from accounts.models.user import *  # noqa: F403
from accounts.models.user import (
    ApiToken,
    Audience,
    Bot,
    EmailChange,
    Invite,
    InviteUse,
    PendingRegistration,
    SiteSettings,
)
