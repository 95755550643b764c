"""What people have begun to write."""

from typing import ClassVar

from django.db import models

from messaging.models.keys import conversation_key, person_key


class SavedDraft(models.Model):
    """What `user` has begun to write in a conversation, or in the thread under `thread_seq`, for
    all their devices. The one written last holds."""

    conversation = conversation_key()
    user = person_key()
    thread_seq = models.BigIntegerField(default=0)  # 0 is the conversation itself
    content = models.TextField(blank=True)
    reply_to_seq = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "thread_seq"], name="saved_draft_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-changed_at"], name="saved_drafts_of_user"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id} in {self.conversation_id}"
