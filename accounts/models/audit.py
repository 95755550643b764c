"""The audit log."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models.user import User


class AuditEntry(models.Model):
    """One act of a moderator, an operator or the system; only `accounts.audit.audit_log` writes it.

    Append-only: a database trigger refuses updates and deletions. It refers to people and
    conversations by id, without foreign keys, so that they can be deleted and the entry stays.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    operator = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    person_id = models.UUIDField(null=True)
    conversation_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        default_permissions = ("view",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "id"], name="audit_by"),
            models.Index(fields=["action", "id"], name="audit_action"),
            models.Index(fields=["subject_id", "id"], name="audit_subject"),
            models.Index(fields=["person_id", "id"], name="audit_person"),
            models.Index(fields=["conversation_id", "id"], name="audit_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"
