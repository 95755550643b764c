"""Refusals of actions on bots, webhooks and apps."""

from chatproject.core.errors import Conflict, Forbidden, NotFound


class BotNotFound(NotFound):
    code = "bot_not_found"
    detail = "You have made no such bot, or it has been closed."


class BotRightMissing(Forbidden):
    code = "bot_right_missing"
    detail = "You may not make bots here."


class TooManyBots(Conflict):
    code = "too_many_bots"
    detail = "You have as many bots as one person may have. Close one of them."
