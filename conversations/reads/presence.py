"""Whose presence a person may see: set-based, for many viewers at once."""

from collections.abc import Collection, Mapping
from itertools import islice
from uuid import UUID

from django.db import connection

PAIRS_AT_ONCE = 2_000

# The own one, always. Of others, unless they hide it or a block stands between the two: of who has
# the viewer in the address book, and of people in the same conversation.
VISIBLE = """
SELECT w.viewer, w.person
FROM unnest(%s::uuid[], %s::uuid[]) AS w(viewer, person)
JOIN accounts_user u ON u.id = w.person
WHERE w.viewer = w.person OR (
    u.is_active AND NOT u.hides_presence
    AND NOT EXISTS (
        SELECT FROM accounts_block b WHERE b.blocker_id = w.person AND b.blocked_id = w.viewer)
    AND NOT EXISTS (
        SELECT FROM accounts_block b WHERE b.blocker_id = w.viewer AND b.blocked_id = w.person)
    AND (
        EXISTS (
            SELECT FROM accounts_contact c WHERE c.owner_id = w.person AND c.person_id = w.viewer)
        OR EXISTS (
            SELECT FROM conversations_participant a
            JOIN conversations_participant b
              ON b.conversation_id = a.conversation_id AND b.user_id = w.person
             AND b.left_at IS NULL
            WHERE a.user_id = w.viewer AND a.left_at IS NULL)))
"""


def visible_presence(lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
    """Of the people whom each viewer asks for, the (viewer, person) that they may see."""
    pairs = ((viewer, person) for viewer, people in lists.items() for person in people)
    visible: set[tuple[UUID, UUID]] = set()
    while part := list(islice(pairs, PAIRS_AT_ONCE)):
        with connection.cursor() as cursor:
            cursor.execute(VISIBLE, [list(side) for side in zip(*part, strict=True)])
            visible.update(cursor.fetchall())
    return visible
