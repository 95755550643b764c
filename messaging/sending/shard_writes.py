"""What is written for the drafts of one shard: rows in VALUES, and an UPDATE for each row."""

from collections.abc import Iterable
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.core.db.binary_arrays import bigint, timestamp, uuids
from chatproject.core.db.pipeline import Step
from messaging.sending import shard_statements as sql
from messaging.sending.writes import NewMessage, Writes


class ShardWrites(Writes):
    """Writes the same rows as `Writes`, with the statements of `shard_statements`."""

    def _log_steps(self) -> Iterable[Step]:
        yield sql.MESSAGES.step([_message(message) for message in self.messages])
        for conversation_id, seq, rev, at, said_at in self._heads():
            said = None if said_at is None else timestamp(said_at)
            values = [conversation_id.bytes, bigint(seq), bigint(rev), timestamp(at), said]
            yield Step(sql.UPDATE_HEAD, values)
        for period_id, pointer in self.pointers.items():
            values = [pointer.conversation_id.bytes, period_id.bytes]
            values += [bigint(pointer.seq), timestamp(pointer.at)]
            yield Step(sql.UPDATE_POINTER, values)

    def _insert_mentions(self) -> Step:
        return sql.MENTIONS.step(
            [(place.bytes, bigint(seq), _bytes(user)) for place, seq, user in self.mentions]
        )

    def _insert_forwards(self) -> Step:
        return sql.FORWARDS.step(
            [
                (place.bytes, bigint(seq), origin.bytes, bigint(origin_seq))
                for place, seq, origin, origin_seq in self.forwards
            ]
        )

    def _set_last_posts(self) -> Step:
        return sql.LAST_POST_TIMES.step(
            [
                (place.bytes, user_id.bytes, timestamp(at))
                for (place, user_id), at in self.last_posts.items()
            ]
        )

    def _save_threads(self) -> Step:
        return sql.SAVED_THREADS.step(
            [
                (
                    place.bytes,
                    bigint(seq),
                    bigint(change.state.reply_count),
                    bigint(change.state.last_seq),
                    timestamp(change.at),
                    uuids(change.state.participant_ids),
                )
                for (place, seq), change in self.threads.items()
            ]
        )

    def _follow_threads(self) -> Iterable[Step]:
        for insert, writes in ((sql.WRITING_FOLLOWERS, True), (sql.OTHER_FOLLOWERS, False)):
            rows = [
                (place.bytes, bigint(seq), user_id.bytes, b"\1", bigint(follow.read_seq))
                for (place, seq, user_id), follow in self.follows.items()
                if follow.writes is writes
            ]
            if rows:
                yield insert.step(rows)


def _message(message: NewMessage) -> tuple[bytes | None, ...]:
    row = message.row
    return (
        row["id"].bytes,
        row["conversation_id"].bytes,
        bigint(row["seq"]),
        bigint(row["rev"]),
        _bytes(row["sender_id"]),
        _bytes(row["client_id"]),
        message.fingerprint,
        row["kind"].encode(),
        row["body"].encode(),
        _bigint(row["reply_to_seq"]),
        _bigint(row["thread_seq"]),
        _bool(row["thread_only"]),
        _bool(message.sent_behind),
        timestamp(message.at),
        dump(row["meta"]) if row["meta"] else None,
    )


def _bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _bigint(value: int | None) -> bytes | None:
    return None if value is None else bigint(value)


def _bool(value: bool) -> bytes:
    return b"\1" if value else b"\0"
