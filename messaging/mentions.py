"""Whom a message's text calls: `<@id>` for a person, `@all` for everybody in the conversation."""

import re
from uuid import UUID

from messaging.text import MENTION, MENTION_ALL

MAX_PEOPLE = 50

# What stands in code is quoted, not called. An unclosed fence runs to the end of the text.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)


def mentioned_in(content: str) -> tuple[frozenset[UUID], bool]:
    """The ids that the text mentions, and whether it calls everybody.

    Of more than MAX_PEOPLE the first ones count, so that one message cannot ring a whole town.
    Whether these people exist and are in the conversation is for the caller to check.
    """
    if "@" not in content:
        return frozenset(), False
    said = _CODE.sub(" ", content)
    people = dict.fromkeys(match[1].lower() for match in MENTION.finditer(said))
    return frozenset(map(UUID, list(people)[:MAX_PEOPLE])), MENTION_ALL.search(said) is not None
