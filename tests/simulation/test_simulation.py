"""The simulation reckons by its figures, and agrees with what was measured."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.__main__ import main
from tests.simulation.cluster import FOLLOWERS, PLANNED, Cluster, Machines, batch_of, plan
from tests.simulation.costs import CITUS, ONE_POSTGRES, Costs, Prices
from tests.simulation.placement import place
from tests.simulation.workload import Workload


def planned(people: int, **figures: Any) -> Cluster:
    return plan(Workload(people, **figures), Costs(), Machines(), Prices())


@pytest.mark.parametrize("store", [ONE_POSTGRES, CITUS])
def test_a_message_costs_what_was_measured_alone_and_in_a_flush(store: Any) -> None:
    assert store.message_seconds(1) == pytest.approx(store.alone)
    assert store.message_seconds(store.many) == pytest.approx(store.together)
    assert store.together < store.message_seconds(store.many / 2) < store.alone


def test_more_meet_in_a_flush_where_more_come() -> None:
    assert batch_of(CITUS, 1.0) == 1.0
    assert 1.0 < batch_of(CITUS, 1_000.0) < CITUS.many
    assert batch_of(CITUS, 1e9) == CITUS.many


def test_what_people_do_in_a_second() -> None:
    load = Workload(20_000_000)
    assert load.messages_a_day == 2_000_000_000
    assert round(load.messages_a_second) == 69_444
    assert round(load.visits_a_second) == 6_944


def test_all_traffic_is_placed_and_the_same_seed_places_it_the_same() -> None:
    load = Workload(2_000_000)
    one = place(load, shards=64, nodes=8, seed=3)
    assert sum(one.shards) == pytest.approx(1.0)
    assert sum(one.nodes) == pytest.approx(1.0)
    assert one == place(load, shards=64, nodes=8, seed=3)
    assert one.shards != place(load, shards=64, nodes=8, seed=4).shards
    assert 1.0 <= one.worst_node <= one.worst_shard


def test_where_few_conversations_have_most_the_busiest_shard_is_worse() -> None:
    even, uneven = (
        place(Workload(100_000, skew=skew, most=1e9), shards=64, nodes=8) for skew in (0.2, 1.2)
    )
    assert uneven.busiest > even.busiest
    assert uneven.worst_shard > even.worst_shard


def test_no_conversation_has_more_than_people_read() -> None:
    load = Workload(20_000_000, skew=1.2, most=50.0)
    busiest = place(load, shards=64, nodes=8).busiest * load.messages_a_second
    assert busiest == pytest.approx(50.0)


def test_one_postgres_is_enough_for_a_town_and_not_for_a_country() -> None:
    town, country, continent = map(planned, (20_000, 2_000_000, 20_000_000))
    assert town.database.store is ONE_POSTGRES
    assert town.servers.redis_servers == 0
    assert country.database.store is CITUS
    assert continent.database.nodes > country.database.nodes
    assert town.monthly < country.monthly < continent.monthly


@pytest.mark.parametrize("people", [20_000, 2_000_000, 20_000_000])
def test_nothing_is_full_and_the_busiest_node_is_within_its_plan(people: int) -> None:
    cluster = planned(people)
    database = cluster.database
    assert database.busiest_cores <= database.node_cores * PLANNED
    assert min(cluster.headroom.values()) >= 1.0
    assert cluster.headroom[cluster.fails_first] == min(cluster.headroom.values())


def test_it_agrees_with_the_range_that_was_reckoned_by_hand() -> None:
    """12 to 113 cores for the sends of 20 million people, by how many meet in a flush."""
    others = (
        *("connect_store", "inbox_store", "page_store", "page_citus_store"),
        *("inbox_citus_store", "inbox_shard_store", "entry_store"),
    )
    sends = replace(Costs(), **dict.fromkeys(others, 0.0))
    alone = plan(Workload(20_000_000), sends, Machines(), Prices())
    assert alone.database.cores == pytest.approx(113, rel=0.05)
    few = plan(Workload(20_000_000), sends, Machines(shards_a_node=1, hot_days=3), Prices())
    assert few.database.batch > 4
    assert few.database.cores < alone.database.cores / 2


def test_inboxes_cost_in_proportion_to_the_shards_that_they_ask() -> None:
    """Each shard of a page's conversations is asked by itself, so that more shards cost more."""
    usual = planned(20_000_000).database
    free = plan(Workload(20_000_000), replace(Costs(), inbox_shard_store=0.0), Machines(), Prices())
    assert free.database.cores < usual.cores * 0.7
    fewer = plan(Workload(20_000_000), Costs(), Machines(shards_a_node=1, cores=64), Prices())
    assert fewer.database.cores < usual.cores


def test_entries_are_written_for_each_who_is_in_the_conversation() -> None:
    usual = planned(20_000_000).database
    free = plan(Workload(20_000_000), replace(Costs(), entry_store=0.0), Machines(), Prices())
    written = Workload(20_000_000).entries_a_second * Costs().entry_store
    assert usual.cores - free.database.cores == pytest.approx(written)
    followers = [planned(people).servers.followers for people in (20_000, 2_000_000, 20_000_000)]
    assert followers[:1] == [0]  # one PostgreSQL, where inboxes are read by counters
    assert followers[1] == math.ceil(Workload(2_000_000).entries_a_second * Costs().entry / PLANNED)
    assert followers[2] > 8 * followers[1]
    # As many members more have an entry written.
    assert planned(20_000_000, listeners=8.0).servers.followers == pytest.approx(
        followers[2] * 9 / 5, abs=1
    )
    assert FOLLOWERS not in planned(20_000).headroom


def test_the_disk_decides_how_many_nodes_there_are_until_people_read_far_more() -> None:
    usual = planned(20_000_000).database
    assert usual.terabytes <= usual.room_terabytes < usual.terabytes + Machines().node_terabytes
    assert planned(20_000_000, visits=1.0).database.nodes == usual.nodes
    assert planned(20_000_000, visits=50.0).database.nodes > usual.nodes


def test_other_figures_give_another_cluster() -> None:
    usual = planned(20_000_000)
    assert planned(20_000_000, visits=1.0).database.cores < usual.database.cores
    quiet = planned(20_000_000, messages=10.0, visits=1.0)
    assert quiet.database.terabytes < usual.database.terabytes / 5
    slower = plan(Workload(20_000_000), replace(Costs(), page=0.05), Machines(), Prices())
    assert slower.servers.machines > usual.servers.machines


def test_the_command_prints_what_fails_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--people", "2000000"]) == 0
    assert "fails first" in capsys.readouterr().out
    assert main(["--people", "2_000_000", "--skew", "0.5", "--cores", "32", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["cluster"]["database"]["node_cores"] == 32
    assert report["cluster"]["fails_first"] in report["cluster"]["headroom"]


@pytest.mark.parametrize("wrong", [[], ["--people", "0"], ["--people", "many"], ["--skew", "-1"]])
def test_wrong_figures_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(wrong)
    assert "error" in capsys.readouterr().err
