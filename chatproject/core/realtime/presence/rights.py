"""The word to all processes that some people's presence is for others than before."""

from collections.abc import Iterable
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.core.realtime.bus import Publication

TOPIC = "presence"


def rights_changed(user_ids: Iterable[UUID]) -> Publication:
    """Whom these people may see, or who may see them, is not as it was. For after the commit.

    The next round of presence asks anew (5 s); where the word is lost, within 5 minutes.
    """
    return Publication(TOPIC, dump({"userIds": [str(user_id) for user_id in user_ids]}))
