"""Which links of messages have previews; attachments/link_previews/ has the previews."""

from typing import ClassVar

from django.db import models

from messaging.models.keys import conversation_key


class MessageLinkPreview(models.Model):
    """The preview of a link in a message, shown for the revs [rev, removed_rev).

    `rev` is null while it is fetched. A dismissed one was removed by a person, and never comes
    again, also where it was not there yet.
    """

    conversation = conversation_key()
    seq = models.BigIntegerField()
    url_hash = models.BinaryField(max_length=32)
    preview_id = models.UUIDField(null=True)  # of attachments.LinkPreview
    position = models.SmallIntegerField(default=0)
    rev = models.BigIntegerField(null=True)
    removed_rev = models.BigIntegerField(null=True)
    is_dismissed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "url_hash"], name="message_link_preview_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["preview_id"], name="messages_of_link_preview"),
        ]

    def __str__(self) -> str:
        return f"{self.preview_id} in {self.conversation_id}/{self.seq}"
