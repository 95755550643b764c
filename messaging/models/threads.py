"""Threads under messages, and who follows them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from messaging.models.keys import conversation_key, person_key


class Thread(models.Model):
    """What the replies under the message `seq`, the root, come to, from the first one on.

    Deleted replies do not count. `last_seq` is that of the last reply, deleted or not. Changes only
    under the conversation's lock.
    """

    conversation = conversation_key()
    seq = models.BigIntegerField()
    reply_count = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField()
    last_at = models.DateTimeField(null=True)
    # Who wrote first, MAX_THREAD_PARTICIPANTS at most.
    participant_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="thread_once"),
        ]

    def __str__(self) -> str:
        return f"thread of {self.conversation_id}/{self.seq}"


class ThreadFollower(models.Model):
    """`user` follows the thread under `seq`, or has stopped to: then a mention changes nothing.

    They have read its replies up to `last_read_seq`, which never moves back.
    """

    conversation = conversation_key()
    seq = models.BigIntegerField()
    user = person_key()
    is_following = models.BooleanField(default=True)
    last_read_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user"], name="thread_follower_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["user"],
                name="threads_followed",
                condition=models.Q(is_following=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in thread {self.conversation_id}/{self.seq}"
