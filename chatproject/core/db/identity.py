"""Identifies the database, for caches outside of it whose keys contain revs.

A database that was restored, or a standby that took over, may come to a rev a second time, with
other content. So the identity changes with each start of the PostgreSQL server (a backup of its
files, a point in time, a standby, a disk's snapshot), with each database (a copy, `createdb -T`),
and with each new table or its new contents (`manage.py restore`, `pg_restore`, TRUNCATE). It needs
no rights, and nothing that whoever restores would have to remember.
"""

from chatproject.core.db.readings import Steps, query

IDENTITY = """
SELECT concat_ws(' ', (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
                 (SELECT oid FROM pg_database WHERE datname = current_database()),
                 c.oid, pg_relation_filenode(c.oid))
FROM (SELECT 'conversations_conversation'::regclass AS oid) c
"""


def database_identity() -> Steps[str]:
    """Holds for what is read over the same connection."""
    ((identity,),) = yield from query(IDENTITY, {})
    return str(identity)
