"""Bots: accounts of programs, made and closed by people.

A bot has a name and tokens, no email and no password. It is added to conversations like anybody,
and every rule holds for it as for a person.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.audit.audit_log import record
from accounts.auth.api_tokens import NewToken, create_api_token, revoke_api_token, tokens_of
from accounts.models import ApiToken, Bot, User
from accounts.people.accounts import close_account
from accounts.people.names import name_errors
from chatproject.core.errors import InvalidInput
from conversations.models import Participant
from messaging.integrations.errors import BotNotFound, BotRightMissing, TooManyBots

MAX_BOTS = 50  # of one person


def may_make_bots(user: User) -> bool:
    """By the setting BOT_MAKERS: staff, or also who is an admin of some conversation."""
    if user.is_bot:
        return False
    if user.is_staff:
        return True
    if settings.BOT_MAKERS == "staff":
        return False
    ranks = (Participant.Role.ADMIN, Participant.Role.OWNER)
    inside = Participant.objects.open().filter(user=user, role__in=ranks)
    return inside.exclude(conversation__kind="direct").exists()


def bots_of(user_id: UUID) -> QuerySet[Bot]:
    """The open bots that a person has made with their `user`, the newest first."""
    rows = Bot.objects.filter(made_by=user_id, user__deactivated_at=None)
    return rows.select_related("user").order_by("-user_id")


@transaction.atomic
def create_bot(*, by: User, name: str, about: str = "") -> Bot:
    """A new bot, in no conversation yet. Raises BotRightMissing, TooManyBots or InvalidInput."""
    if not may_make_bots(by):
        raise BotRightMissing
    name = name.strip()
    if wrong := name_errors(name):
        raise InvalidInput(errors=wrong)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if bots_of(by.pk).count() >= MAX_BOTS:
        raise TooManyBots
    user = User(name=name, about=about, is_bot=True)
    user.set_unusable_password()
    user.save(force_insert=True)
    bot = Bot.objects.create(user=user, made_by=by)
    record(by=by, action="bot.created", subject=user)
    return bot


@transaction.atomic
def close_bot(*, by: User, bot_id: UUID) -> None:
    """Ends its tokens and takes it out of its conversations, for good. Raises BotNotFound."""
    bot = own_bot(by, bot_id)
    close_account(user=bot.user)
    record(by=by, action="bot.closed", subject=bot.user)


def create_bot_token(
    *,
    by: User,
    bot_id: UUID,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    conversation_ids: Sequence[UUID] = (),
) -> NewToken:
    """A token of one's own bot. Raises BotNotFound, or as `create_api_token`."""
    return create_api_token(
        user=own_bot(by, bot_id).user,
        made_by=by,
        name=name,
        scopes=scopes,
        expires_at=expires_at,
        conversation_ids=conversation_ids,
    )


def tokens_of_bot(*, by: User, bot_id: UUID) -> QuerySet[ApiToken]:
    """Raises BotNotFound."""
    return tokens_of(own_bot(by, bot_id).pk)


def revoke_bot_token(*, by: User, bot_id: UUID, token_id: UUID) -> None:
    """Raises BotNotFound or TokenNotFound."""
    revoke_api_token(user_id=own_bot(by, bot_id).pk, token_id=token_id)


def own_bot(by: User, bot_id: UUID) -> Bot:
    """A bot that `by` has made; raises BotNotFound."""
    bot = bots_of(by.pk).filter(pk=bot_id).first()
    if bot is None:
        raise BotNotFound
    return bot
