"""What the backends of a database have used of the processors, on all nodes of a distributed one.

By the kernel's accounts of the processes on this machine; one that has ended counts no more.
"""

from pathlib import Path

import psycopg

from tests import database
from tests.citus import cluster

PIDS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def seconds_by_node(name: str) -> dict[str, float]:
    """CPU seconds of the database's backends, the coordinator's (or only server's) first."""
    addresses = {"coordinator": database.url(name)}
    if cluster.is_there():
        nodes = enumerate(cluster.nodes(), 1)
        addresses |= {f"worker {n}": cluster.url_on(*node, name) for n, node in nodes}
    return {node: sum(map(_seconds, _backends(url))) for node, url in addresses.items()}


def _backends(url: str) -> list[int]:
    try:
        with psycopg.connect(url) as raw:
            return [pid for (pid,) in raw.execute(PIDS).fetchall()]
    except psycopg.OperationalError:  # it has no such database, which is on one server alone
        return []


def _seconds(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:  # it has just ended
        return 0.0
