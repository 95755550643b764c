"""Reads the settings that a running server takes over anew: chatproject/server/live_settings.py."""

from typing import TypedDict

from chatproject.environment import Environment


class LiveSettings(TypedDict):
    """What a running server takes over from SETTINGS_FILE, by the names of Django's settings."""

    SOCKETS_PER_PERSON: int
    SOCKETS_PER_ADDRESS: int
    FRAMES_PER_SECOND: int
    NEW_ACCOUNT_HOURS: int
    NEW_ACCOUNT_LINKS: int
    NEW_ACCOUNT_INVITES: int
    ATTACHMENT_QUOTA_BYTES: int


def read_live_settings(environment: Environment) -> LiveSettings:
    number = environment.number
    return {
        "SOCKETS_PER_PERSON": number("SOCKETS_PER_PERSON", 100, check="E026"),
        "SOCKETS_PER_ADDRESS": number("SOCKETS_PER_ADDRESS", 10_000, check="E026"),
        "FRAMES_PER_SECOND": number("FRAMES_PER_SECOND", 500, check="E026"),
        "NEW_ACCOUNT_HOURS": number("NEW_ACCOUNT_HOURS", 0, check="E023"),
        "NEW_ACCOUNT_LINKS": number("NEW_ACCOUNT_LINKS", 5, check="E023"),
        "NEW_ACCOUNT_INVITES": number("NEW_ACCOUNT_INVITES", 20, check="E023"),
        "ATTACHMENT_QUOTA_BYTES": environment.size("FILE_QUOTA", 10 * 1024**3, check="E021"),
    }
