"""Beginning, continuing and ending the sign-ins of a person."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import update_last_login
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.auth.client_address import Client
from accounts.auth.live_sign_ins import COLUMNS, LIVE, sign_in_of_row
from accounts.auth.passwords import is_right_password
from accounts.auth.rate_limits import count_attempt
from accounts.auth.tokens import (
    RefreshClaims,
    RefreshSecret,
    TokenPair,
    new_refresh_secret,
    read_refresh,
    token_pair,
)
from accounts.errors import (
    AccountSuspended,
    InvalidCredentials,
    RefreshTokenReused,
    SignedOut,
    SignInNotFound,
)
from accounts.events import announce_sign_out
from accounts.models import SignIn, Suspension, User
from accounts.people.emails import normal_email
from accounts.people.suspension_ends import lift_ended_suspensions

KEPT_AFTER_EXPIRY = timedelta(days=90)


def check_credentials(*, email: str, password: str, client: Client) -> User:
    """The active person with this email and password.

    Raises RateLimited, AccountSuspended for who has the right password, or InvalidCredentials for
    whatever else is wrong. Outside of a transaction.
    """
    count_attempt(what="log-in", account=normal_email(email), address=client.address)
    user: User | None = User.objects.by_email(email).first()
    if not is_right_password(user, password) or user is None:
        raise InvalidCredentials
    if not user.is_active:
        _let_back_in(user)
    return user


def _let_back_in(user: User) -> None:
    """Whose suspension is over comes back with the first log-in; raises AccountSuspended while it
    lasts, and InvalidCredentials for an account that is closed."""
    suspension = Suspension.objects.filter(user=user, lifted_at=None).first()
    if suspension is None:
        raise InvalidCredentials
    if not lift_ended_suspensions(user_id=user.pk):
        raise AccountSuspended(suspension.ends_at, suspension.reason)
    user.is_active = True


def log_in(*, email: str, password: str, client: Client) -> TokenPair:
    """A new sign-in of a program; raises what `check_credentials` does."""
    user = check_credentials(email=email, password=password, client=client)
    return start_token_sign_in(user=user, client=client)


def start_token_sign_in(*, user: User, client: Client) -> TokenPair:
    secret = new_refresh_secret()
    sign_in = _start(user, SignIn.Kind.TOKEN, client, secret.expires_at, secret.jti)
    update_last_login(User, user)
    return token_pair(sign_in, secret)


def start_browser_sign_in(*, user: User, client: Client, expires_at: datetime) -> SignIn:
    return _start(user, SignIn.Kind.BROWSER, client, expires_at)


@transaction.atomic
def _start(
    user: User,
    kind: SignIn.Kind,
    client: Client,
    expires_at: datetime,
    refresh_jti: UUID | None = None,
) -> SignIn:
    """Raises InvalidCredentials when the account was closed or the password changed meanwhile.

    Both do that under the lock of the person's row, and so do we: a sign-in with the old password
    cannot slip in behind the ending of all.
    """
    unchanged = User.objects.active().filter(pk=user.pk, password=user.password)
    if not unchanged.select_for_update(no_key=True).exists():
        raise InvalidCredentials
    SignIn.objects.filter(user=user, expires_at__lt=timezone.now() - KEPT_AFTER_EXPIRY).delete()
    return SignIn.objects.create(
        user=user,
        kind=kind,
        refresh_jti=refresh_jti,
        user_agent=client.user_agent,
        address=client.address,
        expires_at=expires_at,
    )


def refresh_tokens(*, refresh: str) -> TokenPair:
    """A new pair for a refresh token, which works once.

    Raises TokenExpired, InvalidToken, SignedOut, or RefreshTokenReused: the second use of a token
    shows that somebody has a copy, so it ends the sign-in with all its tokens. Of parallel uses
    exactly one goes through, and the others end what it was given.
    """
    claims, secret = read_refresh(refresh), new_refresh_secret()
    sign_in = _rotate(claims, secret)
    if sign_in is not None:
        return token_pair(sign_in, secret)
    if _end(claims.user_id, claims.sign_in_id):
        raise RefreshTokenReused
    raise SignedOut


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


def end_sign_in(*, user_id: UUID, sign_in_id: UUID) -> None:
    """Ends one sign-in of the person with its tokens and sockets; raises SignInNotFound."""
    if not _end(user_id, sign_in_id):
        raise SignInNotFound


def end_all_sign_ins(*, user_id: UUID) -> int:
    """Ends all that is signed in as this person; how many they were."""
    return _end(user_id)


def end_everybodys_sign_ins() -> int:
    """Ends all that is signed in at all, with its sockets; how many sign-ins they were."""
    ended = SignIn.objects.filter(ended_at=None).update(ended_at=Now())
    if ended:
        announce_sign_out(None)
    return ended


def _end(user_id: UUID, sign_in_id: UUID | None = None) -> int:
    """How many there were to end; without an id, all of the person's."""
    running = SignIn.objects.filter(user=user_id, ended_at=None)
    if sign_in_id is not None:
        running = running.filter(pk=sign_in_id)
    ended = running.update(ended_at=Now())
    if ended:
        announce_sign_out(user_id, sign_in_id)
    return ended
