"""`manage.py up`, by which `make run` starts: from an empty folder, and again after any end."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.demo import DEMO_PASSWORD, DEMO_PEOPLE
from tests import database
from tests.servers import PRODUCT, ServerProcess
from tests.waiting import eventually


@pytest.fixture
def own(data_dir: Path) -> Iterator[ServerProcess]:
    """With an embedded PostgreSQL of its own; its data do not exist yet."""
    process = ServerProcess(data_dir, own_postgres=True, env=PRODUCT)
    yield process
    process.close()


@pytest.fixture
def migrated(own: ServerProcess) -> None:
    """Its database was migrated before."""
    assert own.postgres
    database.lend_cluster(own.postgres)


def up(server: ServerProcess) -> None:
    server.spawn("up")
    server.wait_until_ready()


def test_from_nothing_to_a_running_chat_and_again(own: ServerProcess) -> None:
    assert own.postgres
    up(own)
    last = own.tail().splitlines()[-1]
    assert own.base_url in last
    for _, email in DEMO_PEOPLE:
        assert email in last
    assert DEMO_PASSWORD in last
    assert own.manage("shell", "--verbosity=0", "-c", "print('used beside the server')")
    key = (own.data_dir / "secret_key").read_text()
    assert own.signal(signal.SIGINT) == 0
    assert own.postgres.pid() is None
    own.log.unlink()

    up(own)
    assert "Migrations" not in own.tail()
    assert (own.data_dir / "secret_key").read_text() == key
    assert own.stop() == 0


@pytest.mark.usefixtures("migrated")
def test_after_a_crash_the_running_database_is_taken_over(own: ServerProcess) -> None:
    assert own.postgres
    up(own)
    pid = own.postgres.pid()
    own.kill()
    assert own.postgres.pid() == pid
    up(own)
    assert own.postgres.pid() == pid
    assert own.stop() == 0
    assert own.postgres.pid() is None


@pytest.mark.usefixtures("migrated")
def test_after_a_crash_of_everything(own: ServerProcess) -> None:
    assert own.postgres
    up(own)
    own.kill()
    own.postgres.kill()
    up(own)
    assert own.stop() == 0


@pytest.mark.usefixtures("migrated")
def test_a_killed_database_comes_back_under_the_server(own: ServerProcess) -> None:
    assert own.postgres
    up(own)
    killed = own.postgres.pid()
    own.postgres.kill()
    eventually(lambda: own.postgres is not None and own.postgres.pid() not in (None, killed))
    eventually(own.is_ready)


def test_a_command_alone_starts_the_database_and_stops_it(own: ServerProcess) -> None:
    assert own.postgres
    own.manage("migrate", "--verbosity=0")
    assert own.postgres.pid() is None
    count = "from accounts.models import User; print(User.objects.count())"
    assert own.manage("shell", "--verbosity=0", "-c", count).strip() == "0"
    assert own.postgres.pid() is None


def test_stopped_while_it_prepares(own: ServerProcess) -> None:
    assert own.postgres
    own.spawn("up")
    eventually(lambda: own.postgres is not None and own.postgres.pid() is not None)
    assert own.stop() == 0
    assert own.postgres.pid() is None
    assert "Traceback" not in own.tail()
    up(own)
    assert DEMO_PASSWORD in own.tail()
