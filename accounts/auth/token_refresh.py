"""Exchanges a refresh token for a new pair, and detects a token that is used twice."""

from django.db import connection

from accounts.auth.live_sign_ins import COLUMNS, LIVE, sign_in_of_row
from accounts.auth.sign_ins import end_sign_in
from accounts.auth.tokens import (
    RefreshClaims,
    RefreshSecret,
    TokenPair,
    new_refresh_secret,
    read_refresh,
    token_pair,
)
from accounts.errors import RefreshTokenReused, SignedOut, SignInNotFound
from accounts.models import SignIn


def refresh_tokens(*, refresh: str) -> TokenPair:
    """A new pair for a refresh token, which works once.

    Raises TokenExpired, InvalidToken, SignedOut, or RefreshTokenReused: a second use shows that
    somebody has a copy of the token, so it ends the sign-in with all its tokens. Of parallel uses
    exactly one succeeds, and the others end the sign-in that it renewed.
    """
    claims, secret = read_refresh(refresh), new_refresh_secret()
    sign_in = _rotate(claims, secret)
    if sign_in is not None:
        return token_pair(sign_in, secret)
    try:
        end_sign_in(user_id=claims.user_id, sign_in_id=claims.sign_in_id)
    except SignInNotFound:
        raise SignedOut from None
    raise RefreshTokenReused


# The row lock makes a second, parallel use wait and then compare with the new `refresh_jti`. An
# UPDATE … WHERE id IN (SELECT …), as Django writes it for a condition on another table, would not
# compare again and let it through.
_ROTATE = f"""
    UPDATE accounts_signin s
    SET refresh_jti = %(new)s, expires_at = %(expires_at)s, last_used_at = now()
    FROM accounts_user u
    WHERE s.id = %(id)s AND s.refresh_jti = %(old)s AND u.id = s.user_id AND {LIVE}
    RETURNING {COLUMNS}"""  # noqa: S608 (column names only)


def _rotate(claims: RefreshClaims, secret: RefreshSecret) -> SignIn | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ROTATE,
            {
                "id": claims.sign_in_id,
                "old": claims.jti,
                "new": secret.jti,
                "expires_at": secret.expires_at,
            },
        )
        row = cursor.fetchone()
    return None if row is None else sign_in_of_row(row)
