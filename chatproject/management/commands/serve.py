"""`manage.py serve`: the production server."""

import argparse
import socket
import sys
from contextlib import ExitStack
from functools import partial
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.people.first_operator import first_operator_url
from chatproject import realtime_runtime
from chatproject.core.db.unpooled import unpooled
from chatproject.core.web import static_files
from chatproject.environment.addresses import is_port, local_url
from chatproject.server import data_dir, serve
from chatproject.server.companion import beside
from chatproject.server.embedded_postgres import lease
from chatproject.server.embedded_postgres.watch import watched
from chatproject.server.heartbeat import Heartbeat
from chatproject.server.socket_activation import inherited_listener
from chatproject.server.supervisor import Supervisor
from chatproject.server.task_worker import Background

MOST_WORKERS = 256


class Command(BaseCommand):
    operator_url: str | None = None
    help = "Serves the chat over http and WebSocket until it is told to stop."
    requires_system_checks = ()  # they are run by hand, with the database and in this order

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (HOST)")
        parser.add_argument("--port", default=settings.PORT, type=_port, help="its port (PORT)")
        parser.add_argument(
            "--workers", default=1, type=_count, help="processes; more than one needs REDIS_URL"
        )
        parser.add_argument("--access-log", action="store_true", help="log every request")
        parser.add_argument("--as-worker", type=_descriptors, help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not settings.PUBLIC_URL_IS_SET:
            settings.PUBLIC_URL = local_url(host, port)
        if options["as_worker"]:
            self.work(*options["as_worker"], access_log=options["access_log"])
            return
        self.check(include_deployment_checks=settings.PRODUCTION)
        count = options["workers"]
        if count > 1 and not settings.REDIS_URL:
            raise CommandError(
                f"chat.E024: --workers {count} needs REDIS_URL, by which the processes tell each "
                "other what happened. Set it, such as redis://127.0.0.1:6379/0, or serve with one."
            )
        with serve.stoppable(), ExitStack() as held:
            held.enter_context(data_dir.serving(settings.PUBLIC_URL))
            given = inherited_listener()
            listeners = serve.share(given, count) if given else serve.bind_all(host, port, count)
            for listener in listeners:
                held.enter_context(listener)
            if settings.USES_EMBEDDED_POSTGRES:
                self.start_postgres()
                held.enter_context(watched(settings.EMBEDDED_POSTGRES))
            with unpooled():
                self.prepare()
            for _ in range(_relays()):
                held.enter_context(beside("relay", "--beside"))
            if count == 1:
                access_log = options["access_log"]
                serve.run(listeners[0], access_log=access_log, on_ready=self.announce, drain=drain)
            else:
                command = partial(_worker_command, options)
                folder = settings.DATA_DIR / "metrics"
                Supervisor(listeners, command, self.announce, folder).run()
        self.say("Stopped.")

    def work(self, listener: int, heartbeat: int, *, access_log: bool) -> None:
        """One of several: the supervisor has checked and prepared everything."""
        with serve.stoppable(), socket.socket(fileno=listener) as own:
            serve.run(own, access_log=access_log, on_ready=Heartbeat(heartbeat).begin, drain=drain)

    def start_postgres(self) -> None:
        lease.hold(settings.EMBEDDED_POSTGRES)

    def prepare(self) -> None:
        """Refuses a database that is not ready, since a server among others may not migrate it."""
        self.check(tags=[Tags.database], databases=["default"])
        self.check(tags=["storage"], include_deployment_checks=True)
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise CommandError(
                f"The database lacks {len(missing)} migrations, the first being "
                f"{missing[0][0]}. Run: manage.py migrate"
            )
        static_files.collect_if_changed()
        self.operator_url = first_operator_url()
        if settings.EMAIL_FILE_PATH:
            self.say(f"Mail is written to {settings.EMAIL_FILE_PATH}: EMAIL_URL names no server.\n")

    def announce(self) -> None:
        self.say_how_to_set_up()
        self.say(f"Serving {settings.PUBLIC_URL}")

    def say_how_to_set_up(self) -> None:
        """The link for the first person, where nobody ran the installation at the start."""
        if url := self.operator_url:
            self.say(f"Operator      nobody yet; this link makes you one, for a day: {url}\n")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


async def drain() -> None:
    """Ends the tasks beside the sockets' part, which the server waits for."""
    if Background.current is not None:
        Background.current.begin_stop()
    await realtime_runtime.drain()


def _worker_command(options: dict[str, Any], listener: int, heartbeat: int) -> list[str]:
    if settings.IS_INSTALLED:  # -P: what lies in the working folder is not imported
        program = ["-P", "-m", "chatproject"]
    else:
        program = [str(settings.BASE_DIR / "manage.py")]
    command = [sys.executable, *program, "serve"]
    command += ["--host", options["host"], "--port", str(options["port"])]
    command += ["--as-worker", f"{listener},{heartbeat}"]
    return command + ["--access-log"] * options["access_log"]


def _relays() -> int:
    """Processes, each of which publishes a part of the logs and writes a part of the inboxes."""
    relays: int = settings.EVENTS_RELAYS if settings.EVENTS_URL else 0
    followers: int = settings.INBOX_FOLLOWERS if settings.INBOX == "entries" else 0
    return max(relays, followers)


def _descriptors(value: str) -> tuple[int, int]:
    listener, heartbeat = map(int, value.split(","))
    return listener, heartbeat


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to {MOST_WORKERS}")
    return int(value)


def _port(value: str) -> int:
    if not is_port(value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 65535")
    return int(value)
