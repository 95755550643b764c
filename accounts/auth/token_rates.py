"""Rate limits of API tokens: a token bucket for each, in the memory of the process.

A bot has a limit of its own, so that one that runs wild takes nothing from people.
"""

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from django.conf import settings

from chatproject.core.errors import RateLimited
from chatproject.realtime.limits import TokenBucket, TooManyFrames

KEPT = 10_000  # buckets; the one that was not used for longest goes first

_buckets: OrderedDict[tuple[UUID, int], TokenBucket] = OrderedDict()
_lock = Lock()


def take_request(key: UUID, per_second: int | None = None) -> None:
    """Counts a request of the token, hook or app. Raises RateLimited."""
    rate = settings.TOKEN_REQUESTS_PER_SECOND if per_second is None else per_second
    if not settings.RATE_LIMITS or not rate:
        return
    with _lock:
        bucket = _buckets.pop((key, rate), None) or TokenBucket(rate)
        _buckets[key, rate] = bucket
        while len(_buckets) > KEPT:
            _buckets.popitem(last=False)
        try:
            bucket.take()
        except TooManyFrames:
            raise RateLimited(1) from None
