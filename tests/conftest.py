"""What all tests share: the database server, the real server as a fixture, how properties run."""

import gc
import os
import signal
import ssl
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from django.db import connection
from django.test import TransactionTestCase
from httpx._transports import default as transports
from hypothesis import settings
from hypothesis.internal.conjecture import engine
from pytest_django.fixtures import Settings

from tests import database
from tests.citus import cluster, suites
from tests.emptying import empty_database
from tests.servers import ServerProcess

if TYPE_CHECKING:
    from chatproject.server.embedded_postgres.base import DatabaseWrapper

TESTS = Path(__file__).parent
SERVER = pytest.StashKey[ServerProcess]()

# Folders whose tests start processes or a browser: some of their files take minutes.
LONG = (
    *("api_clients", "browser", "benchmarks", "faults", "deploy", "static", "simulation", "server"),
    *("journeys", "management", "abuse"),
)
SHORT_AFTER_LONG = 2  # files

# How all property tests run; each says for itself how many examples it goes through. A falsified
# one is reported as soon as shrinking has taken its time: Hypothesis would go on for 300 s, and
# takes the failure by pytest-timeout for one more that it has to shrink.
MAX_SHRINKING_SECONDS = 30
settings.register_profile("tests", deadline=None, print_blob=True, report_multiple_bugs=False)
settings.load_profile("tests")
# No setting sets it. Where a newer version lacks it, this fails rather than having no effect.
assert engine.MAX_SHRINKING_SECONDS > MAX_SHRINKING_SECONDS
engine.MAX_SHRINKING_SECONDS = MAX_SHRINKING_SECONDS


# httpx reads the certificates of all authorities for each client that is made, which takes 25 ms of
# a core, though hardly a server of the tests has TLS. Here it reads them once.
@cache
def _tls_context(verify: bool, trust_env: bool, *_: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=verify, trust_env=trust_env)


def _kept_tls_context(
    verify: ssl.SSLContext | str | bool = True, cert: Any = None, trust_env: bool = True
) -> ssl.SSLContext:
    if cert is not None or not isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify, cert=cert, trust_env=trust_env)
    return _tls_context(verify, trust_env, *map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))


assert transports.create_ssl_context is httpx.create_ssl_context
transports.create_ssl_context = _kept_tls_context

# After tests that commit.
assert hasattr(TransactionTestCase, "_fixture_teardown")
TransactionTestCase._fixture_teardown = lambda _: empty_database()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here and not beside the campaigns: pytest reads options of the first folders alone."""
    parser.addoption("--long", action="store_true", help="the longest campaign of faults alone")
    parser.addoption("--messages", type=int, default=1_000_000, help="how many it sends")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Once, before pytest-xdist starts its workers, which only connect."""
    if hasattr(session.config, "workerinput"):
        return
    # Servers inherit it, and whoever starts the tests may be deaf to it, as under nohup.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        database.prepare()
    except RuntimeError as error:
        pytest.exit(str(error), returncode=1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays: to look for garbage among it took a third of the
    collection, and time from the tests after it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """On a cluster the suites that run there are found by the mark `citus`."""
    if cluster.is_there():
        suites.mark(item)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files early, with short ones between them, so that no more browsers run at once than
    must, and all workers end at about the same time. The order within a file stays."""
    files = {item.path: item.path.relative_to(TESTS).parts[0] for item in items}
    long = sorted((it for it in files if files[it] in LONG), key=lambda it: LONG.index(files[it]))
    short = iter([it for it in files if files[it] not in LONG])
    order = [it for each in long for it in (each, *islice(short, SHORT_AFTER_LONG))]
    rank = {path: place for place, path in enumerate([*order, *short])}
    items.sort(key=lambda item: rank[item.path])


if cluster.is_there():

    @pytest.fixture(scope="session")
    def django_db_setup(django_db_modify_db_settings: None) -> Iterator[None]:
        """A distributed database, which Django's own way of making one knows nothing of; one for
        each worker of pytest-xdist, after which the other fixture names it."""
        name = connection.settings_dict["TEST"]["NAME"]
        database.drop(name)
        database.copy_template(name)
        connection.settings_dict["NAME"] = name
        yield
        connection.close()
        cast("DatabaseWrapper", connection).close_pool()
        database.drop(name)


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """The real server, shared by the tests of one module, with an empty database."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as process:
        request.node.stash[SERVER] = process
        yield process


@pytest.fixture
def both_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `tests.cast.api` asks and is on the hot path is asked there too, and compared."""
    from messaging.ws import runtime
    from tests import hot_path
    from tests.cast import ComparingClient

    monkeypatch.setattr(runtime, "_starter", hot_path.runtime)
    monkeypatch.setattr(ComparingClient, "comparison", hot_path.Comparison())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Shows what the module's server printed beside the failure of a test."""
    report = yield
    module = item.getparent(pytest.Module)
    process = module.stash.get(SERVER, None) if module else None
    if report.failed and process:
        report.sections.append(("server log", process.tail()))
    return report


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where a server of the test's own may make its data folder.

    Not under `tmp_path`: whenever another session starts, pytest bars the folder above it to all
    others, and for root PostgreSQL runs as another.
    """
    with TemporaryDirectory(prefix="chat-test-") as folder:
        yield Path(folder).resolve() / "data"


@pytest.fixture
def own_store(settings: Settings, tmp_path: Path) -> Path:
    """A store of files that nobody else's test writes to; its folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    store = settings.STORAGES["default"]
    options = {**store["OPTIONS"], "location": str(folder)}
    settings.STORAGES = {**settings.STORAGES, "default": {**store, "OPTIONS": options}}
    return folder
