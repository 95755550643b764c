"""The people whom an action is about to take into a conversation."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput

# FOR SHARE waits for an account that is just being closed and then sees it closed, so that nobody
# is taken in behind the back of the closing, which leaves every conversation.
_PEOPLE = """
SELECT id, name, is_bot FROM accounts_user
WHERE id = ANY(%s::uuid[]) AND is_active ORDER BY id FOR SHARE
"""


def lock_active_people(user_ids: Collection[UUID]) -> dict[UUID, User]:
    """By id; held until the transaction ends. Raises InvalidInput, naming who is not there."""
    people = {person.pk: person for person in User.objects.raw(_PEOPLE, [list(user_ids)])}
    if missing := [each for each in user_ids if each not in people]:
        raise InvalidInput(
            errors=[
                FieldError(
                    field="memberIds", code="unknown_person", detail=f"There is no person {each}."
                )
                for each in missing
            ]
        )
    return people
