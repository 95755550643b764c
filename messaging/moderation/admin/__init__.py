"""The admin pages of moderators."""

from messaging.moderation.admin import conversations, messages, people, reports, words

__all__ = ["conversations", "messages", "people", "reports", "words"]
