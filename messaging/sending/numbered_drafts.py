"""Drafts of a batch, numbered, with what their content asks for."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from chatproject.core.ids import uuid7
from messaging.mentions import mentioned_in
from messaging.moderation.new_account_limits import link_quota
from messaging.moderation.word_filters import WordList
from messaging.sending.drafts import Draft


class ContentFacts(NamedTuple):
    """What is told by a text alone, and the word filters and limits that are held against it."""

    mentions: frozenset[UUID] = frozenset()
    mentions_all: bool = False
    is_refused: bool = False  # by a word filter
    flag: str = ""  # a word in it that is to be reported
    link_quota: int | None = None  # of messages with links, of a new account that posts one


NOTHING_SPECIAL = ContentFacts()


class NumberedDraft(NamedTuple):
    number: int  # in the batch
    id: UUID  # of the message that it becomes
    draft: Draft
    content: ContentFacts

    @property
    def is_plain(self) -> bool:
        """Whether it is a text that neither replies, mentions, attaches nor is under a rule."""
        draft = self.draft
        return (
            self.content is NOTHING_SPECIAL
            and draft.reply_to_seq is None
            and not draft.attachment_ids
        )


def number_drafts(drafts: Iterable[Draft], filters: WordList) -> list[NumberedDraft]:
    return [
        NumberedDraft(number, uuid7(), draft, content_facts(draft, filters))
        for number, draft in enumerate(drafts)
    ]


def judge_again(drafts: Sequence[NumberedDraft], filters: WordList) -> list[NumberedDraft]:
    """The drafts by other word filters."""
    return [each._replace(content=content_facts(each.draft, filters)) for each in drafts]


def content_facts(draft: Draft, filters: WordList) -> ContentFacts:
    people, everybody = mentioned_in(draft.content)
    is_refused, flag = filters.judge(draft.content)
    quota = link_quota(draft.sender_id, draft.content)
    if people or everybody or is_refused or flag or quota is not None:
        return ContentFacts(people, everybody, is_refused, flag, quota)
    return NOTHING_SPECIAL
