"""The pages of the admin by which moderators work."""

from messaging.moderation.admin import conversations, messages, people, reports, words

__all__ = ["conversations", "messages", "people", "reports", "words"]
