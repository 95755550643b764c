"""Rate limits on log-ins, registrations, password checks and reports, counted in PostgreSQL.

A try is counted for its account at its address, for its address, and for its account. The first
stops who guesses at one account, the second who tries many accounts, the third who comes from many
addresses. The windows are short: whoever is refused is slowed down, not shut out.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from accounts.auth.client_address import line_of
from chatproject.core.errors import RateLimited


class Limit(NamedTuple):
    """At most `tries` in a window of `seconds`, which starts with its first try."""

    tries: int
    seconds: int


class Scope(StrEnum):
    PAIR = "pair"
    ADDRESS = "address"
    ACCOUNT = "account"


class AccountLimited(RateLimited):
    """Too many tries for one account from all addresses together."""


LIMITS: dict[str, dict[Scope, Limit]] = {
    "log-in": {
        Scope.PAIR: Limit(10, 60),
        Scope.ADDRESS: Limit(20, 60),  # failures, see `forgive_attempt`
        Scope.ACCOUNT: Limit(40, 60),  # failures
    },
    "registration": {Scope.PAIR: Limit(10, 60), Scope.ADDRESS: Limit(30, 60)},
    # The last one only bounds the mails to an address: the links of earlier ones work.
    "password-reset": {
        Scope.PAIR: Limit(10, 60),
        Scope.ADDRESS: Limit(30, 60),
        Scope.ACCOUNT: Limit(10, 3600),
    },
    # Each of them sends a mail.
    "email-link": {Scope.PAIR: Limit(10, 3600), Scope.ACCOUNT: Limit(10, 3600)},
    # Whoever has a link has the account, so it is the address that is held to it.
    "emailed-link": {Scope.ADDRESS: Limit(30, 60)},
    # One's own, confirmed before it changes or the account closes.
    "password": {Scope.PAIR: Limit(10, 60), Scope.ACCOUNT: Limit(40, 60)},
    # Few, since a code has six digits: 480 failures a day find one of three valid ones in 700 days.
    "second-factor": {Scope.PAIR: Limit(10, 60), Scope.ACCOUNT: Limit(20, 3600)},
    "passkey": {Scope.ADDRESS: Limit(60, 60)},
    "report": {Scope.ACCOUNT: Limit(20, 3600)},
}
_PRUNED_AT_ONCE = 10

# Locks the counters in the order of their keys, so that two tries cannot wait for each other.
_COUNT = """
    INSERT INTO accounts_attempt AS a (key, count, window_ends_at)
    SELECT t.key, %(amount)s, clock_timestamp() + make_interval(secs => t.seconds)
    FROM unnest(%(keys)s::bytea[], %(seconds)s::int[]) AS t(key, seconds) ORDER BY t.key
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN a.window_ends_at > clock_timestamp()
                THEN LEAST(a.count + %(amount)s, %(cap)s) ELSE %(amount)s END,
        window_ends_at = CASE WHEN a.window_ends_at > clock_timestamp()
                THEN a.window_ends_at ELSE excluded.window_ends_at END
    RETURNING key, count, EXTRACT(epoch FROM window_ends_at - clock_timestamp())"""

_FORGIVE = """
    UPDATE accounts_attempt SET count = GREATEST(count - 1, 0) WHERE key IN (
        SELECT key FROM accounts_attempt WHERE key = ANY(%s) ORDER BY key FOR UPDATE)"""

_PRUNE = """
    DELETE FROM accounts_attempt WHERE key IN (
        SELECT key FROM accounts_attempt WHERE window_ends_at < now()
        ORDER BY window_ends_at LIMIT %s FOR UPDATE SKIP LOCKED)"""


def count_by_account(*, limit: Limit, what: str, account: str, amount: int = 1) -> None:
    """Counts `amount` of `what` for the account; raises AccountLimited over the limit.

    Must run outside of a transaction, since a rollback would undo the count.
    """
    if settings.RATE_LIMITS and limit.tries:
        _count({Scope.ACCOUNT: limit}, what, account, None, amount)


def count_attempt(*, what: str, account: str, address: str | None) -> None:
    """Counts a try at `what` for this account from this address.

    Raises RateLimited over the limit of the pair or of the address, AccountLimited where only that
    of the account is exceeded. A success does not reset the count. Must run outside of a
    transaction, since a rollback would undo the count.
    """
    if settings.RATE_LIMITS:
        _count(LIMITS[what], what, account, address, 1)


def _count(
    limits: Mapping[Scope, Limit], what: str, account: str, address: str | None, amount: int
) -> None:
    keys = {_key(what, scope, account, address): scope for scope in limits}
    cap = max(limit.tries for limit in limits.values()) + 1
    with connection.cursor() as cursor:
        seconds = [limits[scope].seconds for scope in keys.values()]
        cursor.execute(
            _COUNT, {"keys": list(keys), "seconds": seconds, "cap": cap, "amount": amount}
        )
        counted = {keys[bytes(key)]: (count, left) for key, count, left in cursor.fetchall()}
        if any(count == amount for count, _ in counted.values()):
            # Each new row deletes expired ones, so the table holds about the last window.
            cursor.execute(_PRUNE, [_PRUNED_AT_ONCE])
    for scope in limits:
        count, seconds_left = counted[scope]
        if count > limits[scope].tries:
            refusal = AccountLimited if scope == Scope.ACCOUNT else RateLimited
            raise refusal(max(1, int(seconds_left) + 1))


def forgive_attempt(*, what: str, account: str, address: str | None) -> None:
    """Takes a try that was right off the counts of its address and its account, not of the pair.

    So an office that logs in through one address is not refused, and who guesses is.
    """
    if settings.RATE_LIMITS:
        scopes = LIMITS[what].keys() - {Scope.PAIR}
        keys = [_key(what, scope, account, address) for scope in scopes]
        with connection.cursor() as cursor:
            cursor.execute(_FORGIVE, [keys])


def _key(what: str, scope: Scope, account: str, address: str | None) -> bytes:
    parts = {
        Scope.PAIR: (account, line_of(address)),
        Scope.ADDRESS: (line_of(address),),
        Scope.ACCOUNT: (account,),
    }[scope]
    return hashlib.sha256("\0".join((what, scope, *parts)).encode()).digest()
