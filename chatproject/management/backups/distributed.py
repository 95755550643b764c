"""Why a distributed database is neither dumped nor restored by `backup` and `restore`.

A dump through the coordinator reads each node at another moment: no snapshot is shared by several
PostgreSQLs. So messages could be without their conversation's counters, or the other way round.
"""

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.errors import Conflict


class BackupDistributed(Conflict):
    code = "backup_distributed"
    detail = (
        "The database is distributed over several nodes, of which no dump is as of one moment. "
        "Take base backups of all nodes with their WAL, and mark moments by "
        "citus_create_restore_point; docs/scaling.md has the steps."
    )


class RestoreDistributed(Conflict):
    code = "restore_distributed"
    detail = (
        "The database is distributed over several nodes. Restore the backup into a database that "
        "is not, and distribute that by `manage.py distribute`."
    )


def refuse_backup() -> None:
    """Raises BackupDistributed."""
    if is_distributed():
        raise BackupDistributed


def refuse_restore() -> None:
    """Raises RestoreDistributed."""
    if is_distributed():
        raise RestoreDistributed
