"""What the database keeps of messages that are in files."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7


class ArchiveFile(models.Model):
    """A Parquet file of the file storage, which never changes.

    The row is written before the file. One that was not published is of a run that was cut off. A
    removed one is not asked for any more, and deleted a while later.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    storage_key = models.CharField(max_length=64, unique=True)
    row_count = models.BigIntegerField()
    byte_count = models.BigIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes
    # The end of the file, which says where what is: a first read asks the storage for rows alone.
    footer = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.storage_key


class ArchiveSegment(models.Model):
    """The messages of one conversation in one file: `row_count` rows from `first_row` on.

    The segments of a conversation do not overlap. Of the seqs in [first_seq, last_seq] some are in
    the file, others have stayed rows. Until `pruned_at` messages may be both, and a row always
    holds: in files alone are `pruned_count` less those with an ArchiveRecall.
    """

    pk = models.CompositePrimaryKey("conversation_id", "first_seq")
    conversation_id = models.UUIDField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    file_id = models.UUIDField(db_index=True)
    first_row = models.BigIntegerField()
    row_count = models.BigIntegerField()
    pruned_count = models.BigIntegerField(default=0, db_default=0)
    digest = models.CharField(max_length=64)  # SHA-256 of the rows, see messaging.archive.rows
    max_rev = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    sender_ids = ArrayField(models.UUIDField(), default=list)
    published_at = models.DateTimeField(default=timezone.now)
    pruned_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["published_at"],
                name="segments_to_prune",
                condition=models.Q(pruned_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.first_seq}-{self.last_seq}"


class ArchiveRecall(models.Model):
    """A message of a file that is a row again, or still: the row holds, and the next compaction
    takes it out of the file."""

    pk = models.CompositePrimaryKey("conversation_id", "seq")
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    recalled_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"


class ArchiveKeyRun(models.Model):
    """Keys of archived messages by their client_ids (messaging.archive.client_keys), ascending from
    `low` on and below that of the next run."""

    pk = models.CompositePrimaryKey("conversation_id", "low")
    conversation_id = models.UUIDField()
    low = models.BigIntegerField()
    keys = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{len(self.keys)} keys of {self.conversation_id} from {self.low}"
