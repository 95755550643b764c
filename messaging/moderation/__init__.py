"""Moderation: reports, word filters, limits, and the actions of moderators."""
