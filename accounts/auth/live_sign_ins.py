"""Reads live sign-ins. Every request does, so it is one query in plain SQL.

A sign-in is live while it is neither ended nor expired and its person's account is active.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models import SignIn, User
from chatproject.core import correlation
from chatproject.core.db.model_rows import model_of_row
from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.seek_pagination import Page, Position, read_page
from chatproject.core.db.statements import fetch


def _columns(model: type[models.Model], *left_out: str) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001 (documented by Django)
    return [field.attname for field in fields if field.attname not in left_out]


# The hash of the password stays in the database: the field is deferred, as is what is seldom read.
_USER = _columns(
    User,
    "password",
    "last_login",
    "origin",
    "deactivated_at",
    "email_verified_at",
    "email_bounced_at",
    "digest",
    "digest_sent_at",
)
_SIGN_IN = _columns(SignIn, "refresh_jti", "user_agent", "address", "provider_session")

# For queries that call the tables `u` and `s`.
COLUMNS = ", ".join([f"u.{name}" for name in _USER] + [f"s.{name}" for name in _SIGN_IN])
LIVE = "s.ended_at IS NULL AND s.expires_at > now() AND u.is_active"

_LIVE_SIGN_IN = f"""
    SELECT {COLUMNS} FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id
    WHERE s.id = %s AND {LIVE}"""  # noqa: S608 (column names only)


_LIVE_SIGN_INS = f"""
    SELECT s.id, s.user_id FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id
    WHERE s.id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND {LIVE}"""  # noqa: S608 (no values)

# As `second_factor.factors.must_enrol` says it.
_ENROLLED = {
    "none": "",
    "staff": " AND (u.has_second_factor OR u.is_bot OR NOT (u.is_staff OR u.is_superuser))",
    "everyone": " AND (u.has_second_factor OR u.is_bot)",
}


def sign_in_of_row(row: Sequence[Any]) -> SignIn:
    """The sign-in of a row of COLUMNS, with its `user`; fields that COLUMNS omits are deferred."""
    sign_in = model_of_row(SignIn, _SIGN_IN, row[len(_USER) :])
    sign_in.user = model_of_row(User, _USER, row)
    return sign_in


@reading
def live_sign_in(sign_in_id: UUID) -> Steps[SignIn | None]:
    """The sign-in with its `user`, or None when it is not live; one query."""
    rows = yield from query(_LIVE_SIGN_IN, [sign_in_id])
    if not rows:
        return None
    sign_in = sign_in_of_row(rows[0])
    correlation.of_person(sign_in.user_id)
    return sign_in


def live_sign_ins(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The user's id for each of `ids` that is live and needs no second factor first; one query."""
    statement = _LIVE_SIGN_INS + _ENROLLED[settings.MFA_REQUIRED_FOR]
    if settings.MFA_REQUIRED_FOR != "none" and settings.OIDC_MFA == "provider":
        statement = statement[:-1] + " OR s.identity_id IS NOT NULL)"
    return {row[0]: row[1] for row in fetch(statement, [list(ids)])}


def read_sign_ins(user_id: UUID, *, position: Position | None, limit: int) -> Page[SignIn]:
    """The browsers and programs that a person has signed in, the newest first; no API tokens."""
    rows = alive().filter(user=user_id).exclude(kind=SignIn.Kind.API)
    return read_page(rows, ("-id",), position=position, limit=limit)


def alive() -> models.QuerySet[SignIn]:
    """Those of active accounts that have neither ended nor expired."""
    return SignIn.objects.filter(ended_at=None, expires_at__gt=Now(), user__is_active=True)
