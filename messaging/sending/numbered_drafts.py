"""The drafts of a batch, numbered, with the facts that follow from their bodies."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from chatproject.core.ids import uuid7
from messaging.mentions import called_by
from messaging.moderation.new_account_limits import link_quota
from messaging.moderation.word_filters import WordList
from messaging.sending.drafts import Draft


class BodyFacts(NamedTuple):
    """What follows from a text alone, and from the word filters and limits that apply to it."""

    mentions: frozenset[UUID] = frozenset()
    mentions_all: bool = False
    is_refused: bool = False  # by a word filter
    flag: str = ""  # a word that a filter reports
    link_quota: int | None = (
        None  # a new account's messages with links; None where it does not apply
    )


NOTHING_SPECIAL = BodyFacts()


class NumberedDraft(NamedTuple):
    number: int  # in the batch
    id: UUID  # of the message that it becomes
    draft: Draft
    facts: BodyFacts
    is_looked_up: bool = False  # whether what it needs from the archive is in rows again

    @property
    def is_plain(self) -> bool:
        """Whether it is a member's plain text: no reply, mention, attachment or forwarded message,
        and no rule applies to it."""
        draft = self.draft
        return (
            self.facts is NOTHING_SPECIAL
            and draft.reply_to_seq is None
            and draft.thread_seq is None
            and not draft.attachment_ids
            and draft.forwarded_from is None
            and draft.meta is None
            and not draft.is_of_webhook
        )


def number_drafts(
    drafts: Iterable[Draft], filters: WordList, *, are_looked_up: bool = False
) -> list[NumberedDraft]:
    return [
        NumberedDraft(number, uuid7(), draft, body_facts(draft, filters), are_looked_up)
        for number, draft in enumerate(drafts)
    ]


def judge_again(drafts: Sequence[NumberedDraft], filters: WordList) -> list[NumberedDraft]:
    """The drafts with the facts that follow from other word filters."""
    return [each._replace(facts=body_facts(each.draft, filters)) for each in drafts]


def body_facts(draft: Draft, filters: WordList) -> BodyFacts:
    people, everybody = called_by(draft.body, is_forwarded=draft.forwarded_from is not None)
    is_refused, flag = filters.judge(draft.body)
    quota = None if draft.is_of_webhook else link_quota(draft.sender_id, draft.body)
    if people or everybody or is_refused or flag or quota is not None:
        return BodyFacts(people, everybody, is_refused, flag, quota)
    return NOTHING_SPECIAL
