"""People and what belongs to their accounts: a module for each subject, all importable from here.

The tables of second factors, single sign-on and Web Push are in the `models.py` of their folders.
"""

from accounts.models.audit import AuditEntry
from accounts.models.contacts import Block, Contact
from accounts.models.invites import Invite, InviteUse
from accounts.models.last_seen import LastSeen
from accounts.models.registrations import EmailChange, PendingRegistration, SiteSettings
from accounts.models.sign_ins import Attempt, SignIn, SocketTicket
from accounts.models.suspensions import Mute, Suspension
from accounts.models.tokens import ApiToken, Bot
from accounts.models.user import Audience, User
from accounts.second_factor.models import FactorStep, Passkey, RecoveryCode, Totp
from accounts.single_sign_on.models import Identity, UsedLogoutToken
from accounts.web_push.models import (
    NotificationCursor,
    PushSubscription,
    ShownNotification,
    WebPushKey,
)

__all__ = [
    "ApiToken",
    "Attempt",
    "Audience",
    "AuditEntry",
    "Block",
    "Bot",
    "Contact",
    "EmailChange",
    "FactorStep",
    "Identity",
    "Invite",
    "InviteUse",
    "LastSeen",
    "Mute",
    "NotificationCursor",
    "Passkey",
    "PendingRegistration",
    "PushSubscription",
    "RecoveryCode",
    "ShownNotification",
    "SignIn",
    "SiteSettings",
    "SocketTicket",
    "Suspension",
    "Totp",
    "UsedLogoutToken",
    "User",
    "WebPushKey",
]
