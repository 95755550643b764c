"""The audit log's one entrance: whatever a moderator or an operator does is written down here.

    record(by=moderator, action="person.suspended", subject=person, reason="spam",
           before={"isActive": True}, after={"isActive": False})

It is part of the caller's transaction, so that no act goes without its entry, nor an entry without
its act.
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
    `subject` is the row that it was done to, kept as its kind and id; `person_id` and
    `conversation_id` say whom and what it concerned, and follow from a subject that is a person or
    a conversation. `before` and `after` are JSON values: states, times, numbers and ids, never a
    person's words or name, since an entry outlives their erasure.
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
