"""The index of messages in PostgreSQL, apart from the log: whoever writes does not pay for it."""

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F

from messaging.search.fingerprints import COLUMNS

# Of what `text_folding`, `tokens` and `entries` make of a text. A new one asks for
# `manage.py rebuild_search`.
TEXT_VERSION = 3


class SearchEntry(models.Model):
    """One version of a message's text, standing for the revs [rev, until_rev); see Revision.

    `words` are its lexemes, and words with a sign before them that are no words: `@` and a sender's
    id, `#` and what the message has. `text` is folded: phrases and parts of words are found in it.
    """

    pk = models.CompositePrimaryKey("conversation_id", "seq", "rev")
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()
    rev = models.BigIntegerField()
    until_rev = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True, db_default="")
    words = SearchVectorField()
    text = models.TextField(blank=True)
    # A fingerprint, see there; of entries that were made before there were any, one that holds all.
    words_low = models.BigIntegerField(db_default=-1)
    words_high = models.BigIntegerField(db_default=-1)
    parts_low = models.BigIntegerField(db_default=-1)
    parts_high = models.BigIntegerField(db_default=-1)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(
                F("conversation_id"),
                F("words"),
                OpClass(F("text"), name="gin_trgm_ops"),
                name="search_words",
                # Who searches would walk through what waits, for each conversation anew. Whoever
                # writes entries clears it, see messaging.search.postgres.
                gin_pending_list_limit=4096,
            ),
            models.Index(
                F("conversation_id"),
                F("created_at").desc(),
                F("seq").desc(),
                include=["rev", *COLUMNS],
                name="search_fingerprints_by_time",
            ),
            models.Index(F("created_at").desc(), name="search_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}@{self.rev}"


class SearchCursor(models.Model):
    """How far a conversation's log is in the index: all changes up to `rev` are.

    `version` is the TEXT_VERSION that its entries are of; while they are made anew, all up to
    `rebuilt_seq` are.
    """

    conversation_id = models.UUIDField(primary_key=True)
    rev = models.BigIntegerField(default=0, db_default=0)
    version = models.SmallIntegerField(default=TEXT_VERSION)
    rebuilt_seq = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        pk: UUID = self.conversation_id
        return f"{pk} up to {self.rev}"
