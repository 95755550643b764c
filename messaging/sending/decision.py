"""Decides about drafts that are stored stepwise: what is refused, and what is written.

Plain Python over facts that were read under the conversations' locks; it makes no query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from attachments.content_type import PICTURES
from chatproject.core.errors import Refusal
from conversations.errors import ConversationNotFound, SlowMode
from conversations.models import Participant
from conversations.posting import PostingFacts, posting_refusal, slow_mode_seconds
from conversations.visibility import Range, may_read_as_public
from messaging.errors import (
    AttachmentNotFound,
    ClientIdTaken,
    ReplyTargetNotFound,
    ThreadNotFound,
    TooManyLinks,
    WordRefused,
)
from messaging.models import Message
from messaging.moderation.new_account_limits import newness_left
from messaging.sending.facts import Earlier, Facts, Head, Period, Place
from messaging.sending.numbered_drafts import NumberedDraft
from messaging.sending.results import ARCHIVED, DEFERRED, SendStatus, StoreResult, new_row, refused
from messaging.sending.thread_replies import add_reply, sees, takes_reply
from messaging.sending.writes import NewMessage, Pointer, Writes
from messaging.wire import FORWARDED

SECOND = 1_000_000  # microseconds

# The period that stands for a webhook, which is no member: it reads nothing and has no pointers.
OF_WEBHOOK = Period(
    UUID(int=0),
    Participant.Role.ADMIN.value,
    is_open=True,
    last_read_seq=-1,
    range=Range(1, 0, 0, 0),
)


@dataclass(slots=True)
class Log:
    """The head of a conversation's log as the batch advances it. `leader` is the batch's first
    sender there, if they had read everything, until somebody else sends.
    """

    seq: int
    rev: int
    at: int  # time of the last message, in microseconds since 1970; the next one is later
    leader: UUID | None


class Decision:
    """Decides about the drafts in order. Each draft sees the changes of those before it."""

    def __init__(self, facts: Facts, writes: Writes) -> None:
        """Adds what is to be written to `writes`."""
        self._facts = facts
        self._logs: dict[UUID, Log] = {}
        self._waiting: set[UUID] = set()  # conversations with a draft that waits for the archive
        self.writes = writes

    def decide(self, each: NumberedDraft) -> StoreResult:
        """The draft's result, as it is once `writes` are committed."""
        facts, draft = self._facts, each.draft
        if (earlier := facts.earlier.get(draft.key)) is not None:
            if not draft.has_fingerprint(earlier.fingerprint):
                return refused(ClientIdTaken())
            return StoreResult(SendStatus.RETRIED, seq=earlier.seq)
        if draft.key in facts.archived or draft.conversation_id in self._waiting:
            self._waiting.add(draft.conversation_id)
            return ARCHIVED
        place = draft.conversation_id, draft.sender_id
        head = facts.heads.get(draft.conversation_id)
        if head is None:
            is_there = draft.conversation_id in facts.existing
            return DEFERRED if is_there else refused(ConversationNotFound())
        period = OF_WEBHOOK if draft.is_of_webhook else facts.open_period(place)
        refusal = posting_refusal(self._posting_facts(place, head, period))
        if refusal is not None or period is None:
            return refused(refusal or ConversationNotFound())
        if self._refers_to_archive(each, head):
            self._waiting.add(draft.conversation_id)
            return ARCHIVED
        refusal = self._content_refusal(each, head) or self._pace_refusal(each, head, period)
        return self._store(each, head, period) if refusal is None else refused(refusal)

    def _posting_facts(self, place: Place, head: Head, period: Period | None) -> PostingFacts:
        facts = self._facts
        is_inside = period is not None
        is_public = may_read_as_public(
            head.kind, is_inside=is_inside, is_banned=bool(facts.bans) and place in facts.bans
        )
        return PostingFacts(
            kind=head.kind,
            role=None if period is None else period.role,
            is_known=is_inside or is_public or place in facts.periods,
            is_locked=head.is_locked,
            mute=facts.mutes.get(place[1]) if facts.mutes else None,
            is_blocked=bool(facts.blocked) and place in facts.blocked,
        )

    def _refers_to_archive(self, each: NumberedDraft, head: Head) -> bool:
        draft, targets = each.draft, self._facts.targets
        return not each.is_looked_up and any(
            seq is not None
            and 1 <= seq <= head.archived_seq
            and (draft.conversation_id, seq) not in targets
            for seq in (draft.reply_to_seq, draft.thread_seq)
        )

    # -- what the message says and holds

    def _content_refusal(self, each: NumberedDraft, head: Head) -> Refusal | None:
        draft = each.draft
        if draft.thread_seq is not None and not takes_reply(self._facts, draft, head):
            return ThreadNotFound()
        if draft.reply_to_seq is not None and not self._takes_reply(each, head, draft.reply_to_seq):
            return ReplyTargetNotFound()
        if not all(self._is_own_file(each, file) for file in draft.attachment_ids):
            return AttachmentNotFound()
        return WordRefused() if each.facts.is_refused else None

    def _takes_reply(self, each: NumberedDraft, head: Head, seq: int) -> bool:
        """Whether the reply's target exists, is in the draft's thread if it has one, and is visible
        to the sender."""
        draft, facts = each.draft, self._facts
        target = facts.targets.get((draft.conversation_id, seq))
        if target is None or target.is_deleted or target.is_system:
            return False
        if draft.thread_seq is not None and draft.thread_seq not in (seq, target.thread_seq):
            return False
        return sees(facts, draft, head, seq)

    def _is_own_file(self, each: NumberedDraft, file: UUID) -> bool:
        found = self._facts.unclaimed.get(file)
        return found is not None and found.uploader_id == each.draft.sender_id

    # -- how much and how fast somebody posts

    def _pace_refusal(self, each: NumberedDraft, head: Head, period: Period) -> Refusal | None:
        facts, draft = self._facts, each.draft
        pace = slow_mode_seconds(period.role, head.slow_seconds)
        place = draft.conversation_id, draft.sender_id
        last_at = facts.last_posts.get(place) if pace else None
        if last_at is not None and last_at + pace * SECOND > facts.now:
            left = -(-(last_at + pace * SECOND - facts.now) // SECOND)
            return SlowMode(min(left, pace))
        quota = each.facts.link_quota
        if quota is not None and facts.links.get(draft.sender_id, 0) >= quota:
            return TooManyLinks(newness_left(draft.sender_id))
        return None

    # -- storing

    def _store(self, each: NumberedDraft, head: Head, period: Period) -> StoreResult:
        draft, facts, writes = each.draft, self._facts, self.writes
        log = self._advance(each, head, period)
        is_leading = log.leader == draft.sender_id
        files = [facts.unclaimed.pop(file) for file in draft.attachment_ids]
        row = new_row(
            draft,
            each.id,
            seq=log.seq,
            rev=log.rev,
            at=log.at,
            kind=_kind([file.content_type for file in files]),
        )
        if draft.forwarded_from is not None:
            row["meta"] = dict(FORWARDED)
            writes.forwards.append((draft.conversation_id, log.seq, *draft.forwarded_from))
        message = NewMessage(row, log.at, draft.fingerprint(), sent_behind=not is_leading)
        facts.earlier[draft.key] = Earlier(log.seq, message.fingerprint)
        writes.add(message, draft.attachment_ids)
        if is_leading:
            writes.pointers[period.id] = Pointer(draft.conversation_id, log.seq, log.at)
        mentioned = self._mentioned(each)
        writes.mentions += [(draft.conversation_id, log.seq, it) for it in mentioned]
        is_in_thread = draft.thread_seq is not None
        thread = add_reply(facts, writes, message, mentioned) if is_in_thread else None
        self._count(each, head, period, log.at)
        if each.facts.flag:
            writes.flagged.append((message, each.facts.flag))
        return StoreResult(
            SendStatus.STORED,
            row,
            head.member_rev,
            [file.values for file in files],
            is_reported=bool(each.facts.flag),
            thread=thread,
        )

    def _advance(self, each: NumberedDraft, head: Head, period: Period) -> Log:
        """Advances the log by one message and returns its head."""
        draft = each.draft
        log = self._logs.get(draft.conversation_id)
        if log is None:
            at = self._facts.now if head.last_at is None else max(self._facts.now, head.last_at + 1)
            has_read_all = period.last_read_seq == head.last_seq
            leader = draft.sender_id if has_read_all else None
            log = Log(head.last_seq + 1, head.last_rev + 1, at, leader)
            self._logs[draft.conversation_id] = log
        else:
            log.seq, log.rev, log.at = log.seq + 1, log.rev + 1, log.at + 1
            if log.leader != draft.sender_id:
                log.leader = None
        return log

    def _mentioned(self, each: NumberedDraft) -> list[UUID | None]:
        """Mentioned people who are in the conversation; None stands for everybody."""
        conversation_id = each.draft.conversation_id
        people: list[UUID | None] = [
            person
            for person in each.facts.mentions
            if self._facts.open_period((conversation_id, person)) is not None
        ]
        return [*people, None] if each.facts.mentions_all else people

    def _count(self, each: NumberedDraft, head: Head, period: Period, at: int) -> None:
        """Notes the post for slow mode and for the quota of new accounts."""
        facts, writes, sender_id = self._facts, self.writes, each.draft.sender_id
        place = each.draft.conversation_id, sender_id
        if slow_mode_seconds(period.role, head.slow_seconds):
            facts.last_posts[place] = writes.last_posts[place] = at
        if each.facts.link_quota is not None:
            links = facts.links.get(sender_id, 0) + 1
            facts.links[sender_id] = writes.links[sender_id] = links


def _kind(content_types: Iterable[str]) -> str:
    types = set(content_types)
    if not types:
        return Message.Kind.TEXT.value
    return (Message.Kind.IMAGE if types <= PICTURES else Message.Kind.FILE).value
