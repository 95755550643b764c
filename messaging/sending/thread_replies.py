"""Replies in threads: which ones a thread accepts, and what each one changes."""

from collections.abc import Iterable
from uuid import UUID

from conversations.visibility import may_read_as_public, spans_of_ranges
from messaging.sending.drafts import Draft
from messaging.sending.facts import Facts, Head, ThreadState
from messaging.sending.writes import Follow, NewMessage, ThreadChange, Writes
from messaging.wire import MAX_THREAD_PARTICIPANTS


def sees(facts: Facts, draft: Draft, head: Head, seq: int) -> bool:
    """Whether the sender, a member, sees the seq."""
    periods = facts.periods.get((draft.conversation_id, draft.sender_id), ())
    is_public = may_read_as_public(head.kind, is_inside=True, is_banned=False)
    open_from = head.open_from_seq if is_public else None
    spans = spans_of_ranges([period.range for period in periods], open_from)
    return any(span.from_seq <= seq <= span.to_seq for span in spans)


def takes_reply(facts: Facts, draft: Draft, head: Head) -> bool:
    """Whether the thread exists or can be started, and the sender sees its root or its last reply.

    A message that is itself in a thread cannot start one, nor can a deleted message; but a thread
    continues when its root is deleted.
    """
    assert draft.thread_seq is not None, "it is a reply in a thread"
    place = (draft.conversation_id, draft.thread_seq)
    root, thread = facts.targets.get(place), facts.threads.get(place)
    if root is None or root.is_system or root.thread_seq is not None:
        return False
    if thread is None:
        return not root.is_deleted and sees(facts, draft, head, draft.thread_seq)
    return any(sees(facts, draft, head, seq) for seq in (draft.thread_seq, thread.last_seq))


def add_reply(
    facts: Facts, writes: Writes, message: NewMessage, mentioned: Iterable[UUID | None]
) -> ThreadState:
    """Counts the reply, and adds new followers: the author of the reply, the people it mentions
    and, with the first reply, the author of the root. Returns the new state of the thread.
    """
    row = message.row
    sender_id, root_seq = row["sender_id"], row["thread_seq"]
    assert sender_id is not None, "a person sends it"
    assert root_seq is not None, "it is a reply in a thread"
    place = (row["conversation_id"], root_seq)
    before = facts.threads.get(place)
    people = list(before.participant_ids) if before else []
    if sender_id not in people and len(people) < MAX_THREAD_PARTICIPANTS:
        people.append(sender_id)
    state = ThreadState((before.reply_count if before else 0) + 1, row["seq"], people)
    facts.threads[place] = state
    writes.threads[place] = ThreadChange(state, message.at)
    author = facts.targets[place].sender_id
    if before is None and author is not None:
        _follow(writes, (*place, author), Follow(root_seq, writes=False))
    for person in mentioned:
        if person is not None:
            _follow(writes, (*place, person), Follow(row["seq"] - 1, writes=False))
    _follow(writes, (*place, sender_id), Follow(row["seq"], writes=True))
    return state


def _follow(writes: Writes, key: tuple[UUID, int, UUID], follow: Follow) -> None:
    """Adds one row per person and thread; with two reasons in a batch, the earlier one sets the
    pointer.
    """
    before = writes.follows.get(key)
    if before is not None:
        follow = Follow(min(before.read_seq, follow.read_seq), before.writes or follow.writes)
    writes.follows[key] = follow
