"""Shards are told from a conversation's id as PostgreSQL and Citus tell them."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

from chatproject.core.db.distributed.distribution import Shards, hash_of, read_shards
from tests.citus import cluster


@pytest.mark.django_db
def test_the_hash_is_that_of_postgresql() -> None:
    ids = [UUID(int=0), UUID(int=2**128 - 1), *(uuid4() for _ in range(200))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid_hash(id) FROM unnest(%s::uuid[]) AS id", [ids])
        assert [hash_of(each) for each in ids] == [row[0] for row in cursor.fetchall()]


def test_a_hash_belongs_to_the_shard_that_begins_before_it() -> None:
    ids = [uuid4() for _ in range(50)]
    shards = Shards((-(2**31), 0))
    assert {hash_of(each) >= 0 for each in ids} == {False, True}
    assert [shards.of(each) for each in ids] == [int(hash_of(each) >= 0) for each in ids]


@pytest.mark.django_db
def test_one_postgresql_has_no_shards() -> None:
    found = read_shards()
    assert found is None if not cluster.is_there() else len(found or ()) > 0


@pytest.mark.django_db
@pytest.mark.citus
@pytest.mark.skipif(not cluster.is_there(), reason="CITUS_URL names no cluster")
def test_citus_places_conversations_in_the_same_shards() -> None:
    shards = read_shards()
    assert shards is not None
    ids = [uuid4() for _ in range(50)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT get_shard_id_for_distribution_column('conversations_conversation', id)"
            " FROM unnest(%s::uuid[]) AS id",
            [ids],
        )
        theirs = [row[0] for row in cursor.fetchall()]
    ours = [shards.of(each) for each in ids]
    assert len(set(zip(ours, theirs, strict=True))) == len(set(theirs))
