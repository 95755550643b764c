"""The statements that begin and end a transaction that stores."""

from typing import NamedTuple

from chatproject.core.db.pipeline import Statement


class Bounds(NamedTuple):
    begin: Statement
    end: Statement
    rollback: str


TRANSACTION = Bounds(Statement("BEGIN"), Statement("COMMIT"), "ROLLBACK")
# In a transaction of the caller.
SAVEPOINT = Bounds(
    Statement("SAVEPOINT batch"),
    Statement("RELEASE SAVEPOINT batch"),
    "ROLLBACK TO SAVEPOINT batch",
)

# A generic plan of nested index look-ups is right for a batch of any size and costs no planning;
# with the statistics of a young table the planner would choose scans. It is the first statement of
# each transaction, since any before it would be planned again each time.
PLANNER_SETTINGS = Statement("""
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)
""")
