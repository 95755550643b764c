"""Refusals of actions on bots, webhooks and apps."""

from chatproject.core.errors import Conflict, Forbidden, NotFound


class BotNotFound(NotFound):
    code = "bot_not_found"
    detail = "You have no such bot, or it has been closed."


class BotRightMissing(Forbidden):
    code = "bot_right_missing"
    detail = "You may not create bots here."


class TooManyBots(Conflict):
    code = "too_many_bots"
    detail = "You already have the most bots allowed. Close one of them."


class WebhookNotFound(NotFound):
    code = "webhook_not_found"
    detail = "There is no such webhook in this conversation, or it has been ended."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    detail = "This conversation already has the most webhooks allowed. Remove one of them."


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    detail = "There is no such delivery of this webhook."


class CommandNotFound(NotFound):
    code = "command_not_found"
    detail = "There is no such command in this conversation."


class CommandTaken(Conflict):
    code = "command_taken"
    detail = "There is a command of this name in this conversation already."


class TooManyCommands(Conflict):
    code = "too_many_commands"
    detail = "This conversation already has the most commands allowed. Remove one of them."


class ButtonNotFound(NotFound):
    code = "button_not_found"
    detail = "The message has no such button, or not any more."


class BotGone(Conflict):
    code = "bot_gone"
    detail = "The bot is no longer in this conversation."
