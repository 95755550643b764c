"""Finds changed own states by the transactions that wrote their rows.

All transactions before the mark have ended, so everything that they wrote was seen. This depends on
no clock, costs no write, and finds changes by any process.
"""

import json
from collections import ChainMap
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db import OperationalError

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Rows
from chatproject.core.db.statements import fetch, statement, uuids
from chatproject.realtime.hub_queries import ChangedStates
from conversations.events import state_event
from conversations.models import Participant
from conversations.wire import own_state_json

_MARK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_WRITTEN = statement(
    """
    SELECT id FROM conversations_participant
    WHERE user_id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND state_rev > 0
      AND age(xmin) <= age(%s::text::xid8::xid)
    """
)
# On a distributed database each node numbers its own transactions, so each has a mark and compares
# with its own. A new node has no mark, and reports all rows.
_MARKS = """
SELECT success, result FROM run_command_on_workers(
    'SELECT json_build_object(groupid, pg_snapshot_xmin(pg_current_snapshot())::text)
     FROM pg_dist_local_group')
"""
_WRITTEN_ON_SHARDS = """
SELECT success, result FROM run_command_on_placements('conversations_participant',
    replace(replace(%(on_shard)s, ':users', quote_literal(%(users)s)),
            ':marks', quote_literal(%(marks)s)))
"""
_WRITTEN_ON_SHARD = """
SELECT coalesce(json_agg(p.id), '[]') FROM %s p, pg_dist_local_group
WHERE user_id = ANY(ARRAY(SELECT unnest(:users::uuid[]))) AND state_rev > 0
  AND coalesce(age(p.xmin) <= age((:marks::jsonb ->> groupid::text)::xid8::xid), true)
"""


def changed_states(user_ids: Collection[UUID], since: str) -> ChangedStates:
    """See `chatproject.realtime.hub_queries.HubQueries.changed_states`."""
    mark = _mark()
    if not since:
        return ChangedStates((), mark)
    written = _written(user_ids, since)
    # For a person who rejoined, the last period comes last, and counts.
    periods = Participant.objects.filter(pk__in=written).order_by("state_rev", "joined_at")
    return ChangedStates([(period.user_id, _own_state(period)) for period in periods], mark)


def _mark() -> str:
    if is_distributed():
        marks = [json.loads(result) for result in _answers(fetch(_MARKS, {}))]
        return json.dumps(dict(ChainMap(*marks)))
    ((mark,),) = fetch(_MARK, ())
    return str(mark)


def _written(user_ids: Collection[UUID], since: str) -> list[Any]:
    """The ids of the periods that were written after the mark."""
    if not is_distributed():
        return [row[0] for row in fetch(_WRITTEN, [list(user_ids), since])]
    asked = {"on_shard": _WRITTEN_ON_SHARD, "users": uuids(map(str, user_ids)), "marks": since}
    found = _answers(fetch(_WRITTEN_ON_SHARDS, asked))
    return [period_id for result in found for period_id in json.loads(result)]


def _answers(rows: Rows) -> Iterator[str]:
    """Raises OperationalError if a node has not answered."""
    for is_answered, result in rows:
        if not is_answered:
            raise OperationalError(f"a node of the database has not answered: {result}")
        yield result


def _own_state(period: Participant) -> dict[str, Any]:
    fields = own_state_json(period)
    pointers = {
        "lastReadSeq": period.last_read_seq,
        "lastDeliveredSeq": period.last_delivered_seq,
    }
    return state_event(
        period.conversation_id, state_rev=fields.pop("stateRev"), **fields, **pointers
    )
