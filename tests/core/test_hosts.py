"""Which host of DATABASE_URL is the coordinator is asked, and not taken from their order."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import OperationalError

from chatproject.core.db.distributed import hosts as module
from chatproject.core.db.distributed.hosts import (
    COORDINATOR,
    Address,
    Hosts,
    NotDistributed,
    addresses_of,
)
from chatproject.core.db.distributed.nodes import Nodes, is_away

ONE, TWO, THREE = Address("a", "1"), Address("b", "2"), Address("c", "3")
PARAMS = {"host": "a,b,c", "port": "1,2,3", "dbname": "chat"}

Answers = dict[Address, int | type[Exception]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What each host answers: its group, or an error."""
    told: Answers = {}

    def ask(params: object, address: Address) -> int:
        answer = told[address]
        if isinstance(answer, int):
            return answer
        raise answer

    monkeypatch.setattr(module, "ask_group", ask)
    return told


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


def test_hosts_have_a_port_each_or_one_for_all() -> None:
    assert addresses_of(PARAMS) == [ONE, TWO, THREE]
    assert addresses_of({"host": "a,b", "port": "7"}) == [Address("a", "7"), Address("b", "7")]
    assert addresses_of({"host": "a"}) == [Address("a", "")]
    assert str(Address("a", "")) == "a:5432"


def test_one_host_is_asked_nothing(answers: Answers) -> None:
    alone = {"host": "a", "port": "1"}
    assert Hosts().of(alone) == alone
    assert Hosts().groups(alone) == {}


def test_the_coordinator_is_found_wherever_it_stands(answers: Answers) -> None:
    answers |= {ONE: 1, TWO: COORDINATOR, THREE: 2}
    hosts = Hosts()
    assert hosts.of(PARAMS) == {**PARAMS, "host": "b", "port": "2"}
    assert hosts.of(PARAMS, 2) == {**PARAMS, "host": "c", "port": "3"}
    assert hosts.groups(PARAMS) == {COORDINATOR: [TWO], 1: [ONE], 2: [THREE]}
    assert list(hosts.groups(PARAMS)) == [COORDINATOR, 1, 2]


def test_a_standby_of_the_coordinator_goes_with_it(answers: Answers) -> None:
    answers |= {ONE: COORDINATOR, TWO: 1, THREE: COORDINATOR}
    assert Hosts().of(PARAMS) == {**PARAMS, "host": "a,c", "port": "1,3"}


def test_what_is_no_cluster_is_left_to_libpq(answers: Answers) -> None:
    answers |= {ONE: OperationalError, TWO: NotDistributed, THREE: COORDINATOR}
    hosts = Hosts()
    assert hosts.of(PARAMS) == PARAMS
    assert hosts.groups(PARAMS) == {}


def test_a_host_that_is_away_is_none_until_it_answers(
    answers: Answers, pass_time: Callable[[float], None]
) -> None:
    answers |= {ONE: COORDINATOR, TWO: 1, THREE: OperationalError}
    hosts = Hosts()
    assert hosts.of(PARAMS)["host"] == "a"
    assert hosts.silent(PARAMS) == [THREE]
    answers[THREE] = COORDINATOR
    assert hosts.of(PARAMS)["host"] == "a"  # it is not asked at each connection
    pass_time(module.SILENT_SECONDS + 1)
    assert hosts.of(PARAMS)["host"] == "a,c"
    assert hosts.silent(PARAMS) == []


def test_no_worker_is_taken_for_a_coordinator_that_is_away(answers: Answers) -> None:
    answers |= {ONE: OperationalError, TWO: 1, THREE: 2}
    with pytest.raises(OperationalError, match="the coordinator"):
        Hosts().of(PARAMS)


def test_what_a_host_was_it_stays(answers: Answers) -> None:
    answers |= {ONE: COORDINATOR, TWO: 1, THREE: 2}
    hosts = Hosts()
    hosts.of(PARAMS)
    answers |= dict.fromkeys((ONE, TWO, THREE), OperationalError)
    assert hosts.of(PARAMS)["host"] == "a"
    hosts.forget()
    with pytest.raises(OperationalError):
        hosts.of(PARAMS)


@pytest.mark.django_db
def test_one_postgresql_by_two_names_is_none_of_a_cluster() -> None:
    params: dict[str, Any] = connection.params_of_all_hosts()  # type: ignore[attr-defined]
    if "," in params["host"]:
        pytest.skip("the database is a distributed one")
    twice = {**params, "host": f"{params['host']},{params['host']}"}
    assert Hosts().of(twice) == twice
    with psycopg.connect(**Hosts().of(twice)) as raw:
        assert raw.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.django_db
def test_without_workers_everything_is_asked_of_the_only_server() -> None:
    if "," in connection.params_of_all_hosts()["host"]:  # type: ignore[attr-defined]
        pytest.skip("the database is a distributed one")
    nodes = Nodes()
    assert not nodes.are_several
    assert nodes.of(uuid4()) == nodes.next() == COORDINATOR


def test_an_error_of_another_node_is_none_of_the_one_that_told_it() -> None:
    assert is_away(OperationalError("connection refused"))
    assert is_away(psycopg.errors.AdminShutdown())
    assert not is_away(psycopg.errors.ConnectionFailure())  # Citus, of whom it asked
    assert not is_away(psycopg.errors.DeadlockDetected())
