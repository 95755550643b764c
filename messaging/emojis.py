"""Validates and normalizes the emoji of a reaction."""

import re

import emoji

from chatproject.core.errors import InvalidInput

MAX_LENGTH = 64

_SHORTCODE = re.compile(r":[a-z0-9_+-]{1,62}:")


def canonical_emoji(text: object) -> str:
    """The spelling under which a reaction is stored and counted; raises InvalidInput.

    An emoji gets its presentation selector ("❤" and "❤️" are one) and a known `:shortcode:` becomes
    its emoji; an unknown one, such as a custom emoji's, stays as it is.
    """
    if isinstance(text, str) and len(text) <= MAX_LENGTH:
        if emoji.is_emoji(text):
            return emoji.emojize(emoji.demojize(text))
        if _SHORTCODE.fullmatch(text):
            return emoji.emojize(text, language="alias")
    raise InvalidInput.of("emoji", "One emoji or one :shortcode: is needed.", "not_an_emoji")
