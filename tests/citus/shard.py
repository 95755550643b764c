"""A shard of conversations, which a test moves and splits."""

from typing import Any

import psycopg
from django.db import connection

from conversations.models import Conversation
from tests.citus import cluster

NODE = "SELECT nodeid FROM pg_dist_node WHERE nodeport = %s"


def cluster_url() -> str:
    host, port = cluster.coordinator_address()
    return cluster.url_on(host, port, connection.settings_dict["NAME"])


class Shard:
    """The one that has the conversation."""

    def __init__(self, conversation: Conversation) -> None:
        self.name = connection.settings_dict["NAME"]
        self.conversation = conversation
        with self.coordinator() as raw:
            row = raw.execute(
                "SELECT shardid, nodename, nodeport FROM pg_dist_shard_placement"
                " WHERE shardid = get_shard_id_for_distribution_column("
                "'messaging_message', %s)",
                [conversation.pk],
            ).fetchone()
        assert row is not None
        self.number, *place = row
        self.home: tuple[str, int] = (place[0], place[1])
        self.away = next(node for node in cluster.nodes() if node != self.home)

    def coordinator(self) -> psycopg.Connection[Any]:
        return psycopg.connect(cluster_url(), autocommit=True)

    def worker(self, place: tuple[str, int]) -> psycopg.Connection[Any]:
        return psycopg.connect(cluster.url_on(*place, self.name), autocommit=True)

    def move(self, mode: str) -> None:
        with self.coordinator() as raw:
            raw.execute(
                "SELECT citus_move_shard_placement(%s, %s, %s, %s, %s, shard_transfer_mode => %s)",
                [self.number, *self.home, *self.away, mode],
            )
        self.home, self.away = self.away, self.home

    def split(self) -> None:
        """In two, of which the second is at the other node."""
        with self.coordinator() as raw:
            (middle,) = raw.execute(
                "SELECT (shardminvalue::bigint + shardmaxvalue::bigint) / 2"
                " FROM pg_dist_shard WHERE shardid = %s",
                [self.number],
            ).fetchone() or (0,)
            nodes_of = [
                (raw.execute(NODE, [port]).fetchone() or (0,))[0]
                for _, port in (self.home, self.away)
            ]
            raw.execute(
                "SELECT citus_split_shard_by_split_points(%s, %s, %s, 'block_writes')",
                [self.number, [str(middle)], nodes_of],
            )

    def drop_what_was_left(self) -> None:
        with self.coordinator() as raw:
            raw.execute("CALL citus_cleanup_orphaned_resources()")

    def in_table_at(self, place: tuple[str, int]) -> list[str]:
        """The texts in the shard's own table there, whether it is right or not."""
        with self.worker(place) as raw:
            rows = raw.execute(
                f"SELECT body FROM messaging_message_{self.number}"
                " WHERE conversation_id = %s ORDER BY seq",
                [self.conversation.pk],
            ).fetchall()
        return [body for (body,) in rows]
