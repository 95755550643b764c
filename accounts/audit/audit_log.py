"""Writes the audit log: every act of a moderator or an operator is recorded here.

    record(by=moderator, action="person.suspended", subject=person, reason="spam",
           before={"isActive": True}, after={"isActive": False})

The entry is part of the caller's transaction: act and entry are committed together or not at all.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import AuditEntry, User

MAX_REASON = 1000


def record(
    *,
    by: User | UUID | None,
    action: str,
    subject: models.Model | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    operator: str = "",
    person_id: UUID | None = None,
    conversation_id: UUID | None = None,
) -> AuditEntry:
    """Appends one entry and returns it.

    `by` is who did it; None for the system itself or for an operator at `manage.py`, who is named
    by `operator` (such as the account of the machine and the command). `action` is noun.past.
    `subject` is the row that was acted on, stored as its kind and id. `person_id` and
    `conversation_id` default to the subject if that is a person or a conversation. `before` and
    `after` are JSON values: states, times, numbers and ids, never personal data, since entries
    outlive the erasure of a person.
    """
    kind = subject._meta.model_name if subject is not None else ""  # noqa: SLF001 (documented)
    if kind == "user" and person_id is None and subject is not None:
        person_id = subject.pk
    if kind == "conversation" and conversation_id is None and subject is not None:
        conversation_id = subject.pk
    return AuditEntry.objects.create(
        by_id=by.pk if isinstance(by, User) else by,
        operator=operator,
        action=action,
        subject_kind=kind or "",
        subject_id="" if subject is None else str(subject.pk),
        person_id=person_id,
        conversation_id=conversation_id,
        reason=reason[:MAX_REASON],
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )
