"""How many conversations a person begins, and how many people they add, in an hour.

Without a limit one account could put thousands of groups into somebody's inbox in a minute.
"""

from uuid import UUID

from django.conf import settings

from accounts.auth.rate_limits import Limit, count_by_account

HOUR = 3600


def count_new_conversation(user_id: UUID, *, others: int) -> None:
    """Counts a conversation that the person begins with so many others. Raises RateLimited.

    Must run outside of a transaction, so that a refused try stays counted.
    """
    limit = Limit(settings.CONVERSATIONS_PER_HOUR, HOUR)
    count_by_account(limit=limit, what="conversation", account=str(user_id))
    count_added_people(user_id, others)


def count_added_people(user_id: UUID, count: int) -> None:
    """Counts people whom the person takes into conversations. Raises RateLimited."""
    if count:
        limit = Limit(settings.PEOPLE_ADDED_PER_HOUR, HOUR)
        count_by_account(limit=limit, what="people", account=str(user_id), amount=count)
