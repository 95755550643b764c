"""Finds the mentions in a message: `<@id>` for a person, `@all` for everybody."""

import re
from uuid import UUID

from messaging.text import MENTION, MENTION_ALL

MAX_PEOPLE = 50

# Mentions in code do not count. An unclosed fence runs to the end of the body.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)


def mentioned_in(body: str) -> tuple[frozenset[UUID], bool]:
    """The ids that the body mentions, and whether it mentions everybody.

    Only the first MAX_PEOPLE count, so that one message cannot notify a whole town. The caller
    checks whether these people exist and are in the conversation.
    """
    if "@" not in body:
        return frozenset(), False
    prose = _CODE.sub(" ", body)
    people = dict.fromkeys(match[1].lower() for match in MENTION.finditer(prose))
    return frozenset(map(UUID, list(people)[:MAX_PEOPLE])), MENTION_ALL.search(prose) is not None
