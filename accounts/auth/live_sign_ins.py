"""Reads live sign-ins. Every request does, so it is one query in plain SQL.

A sign-in is live while it is neither ended nor expired and its person's account is active.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Now

from accounts.models import SignIn, User
from chatproject.core import correlation
from chatproject.core.db.seek_pagination import Page, Position, read_page
from chatproject.core.db.statements import fetch


def _columns(model: type[models.Model], *left_out: str) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001 (documented by Django)
    return [field.attname for field in fields if field.attname not in left_out]


# The hash of the password stays in the database: the field is deferred.
_USER = _columns(User, "password", "last_login", "origin", "deactivated_at")
_SIGN_IN = _columns(SignIn, "refresh_jti", "user_agent", "address")

# For queries that call the tables `u` and `s`.
COLUMNS = ", ".join([f"u.{name}" for name in _USER] + [f"s.{name}" for name in _SIGN_IN])
LIVE = "s.ended_at IS NULL AND s.expires_at > now() AND u.is_active"

_LIVE_SIGN_IN = f"""
    SELECT {COLUMNS} FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id
    WHERE s.id = %s AND {LIVE}"""  # noqa: S608 (column names only)


_LIVE_SIGN_INS = f"""
    SELECT s.id, s.user_id FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id
    WHERE s.id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND {LIVE}"""  # noqa: S608 (no values)


def sign_in_of_row(row: Sequence[Any]) -> SignIn:
    """The sign-in of a row of COLUMNS, with its `user`; fields that COLUMNS omits are deferred."""
    sign_in = SignIn.from_db(DEFAULT_DB_ALIAS, _SIGN_IN, row[len(_USER) :])
    sign_in.user = User.from_db(DEFAULT_DB_ALIAS, _USER, row[: len(_USER)])
    return sign_in


def live_sign_in(sign_in_id: UUID) -> SignIn | None:
    """The sign-in with its `user`, or None when it is not live; one query."""
    rows = fetch(_LIVE_SIGN_IN, [sign_in_id])
    if not rows:
        return None
    sign_in = sign_in_of_row(rows[0])
    correlation.of_person(sign_in.user_id)
    return sign_in


def live_sign_ins(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The user's id for each of `ids` that is live; one query."""
    return {row[0]: row[1] for row in fetch(_LIVE_SIGN_INS, [list(ids)])}


def read_sign_ins(user_id: UUID, *, position: Position | None, limit: int) -> Page[SignIn]:
    """The live sign-ins of one person, the newest first."""
    return read_page(_alive().filter(user=user_id), ("-id",), position=position, limit=limit)


def _alive() -> models.QuerySet[SignIn]:
    return SignIn.objects.filter(ended_at=None, expires_at__gt=Now(), user__is_active=True)
