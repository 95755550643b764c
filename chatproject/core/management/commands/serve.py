"""`manage.py serve`: the production server."""

import argparse
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chatproject.core import data_dir, serving, static
from chatproject.core.postgres import lease
from chatproject.core.postgres.watch import watched
from chatproject.environment import is_port, local_url


class Command(BaseCommand):
    help = "Serves the chat over http and WebSocket until it is told to stop."
    requires_system_checks = ()  # they are run by hand, with the database and in this order

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (HOST)")
        parser.add_argument("--port", default=settings.PORT, type=_port, help="its port (PORT)")
        parser.add_argument("--workers", default=1, type=int, help="processes; only 1 so far")
        parser.add_argument("--access-log", action="store_true", help="log every request")

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(include_deployment_checks=settings.PRODUCTION)
        if options["workers"] != 1:
            raise CommandError("--workers: one process serves; more are not supported yet.")
        host, port = options["host"], options["port"]
        if not settings.PUBLIC_URL_IS_SET:
            settings.PUBLIC_URL = local_url(host, port)
        with serving.stoppable(), ExitStack() as held:
            held.enter_context(data_dir.serving(settings.PUBLIC_URL))
            listener = held.enter_context(serving.bind(host, port))
            if settings.USES_EMBEDDED_POSTGRES:
                self.start_postgres()
                held.enter_context(watched(settings.EMBEDDED_POSTGRES))
            self.prepare()
            serving.run(
                listener,
                access_log=options["access_log"],
                on_ready=self.announce,
            )
        self.say("Stopped.")

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
        static.collect_if_changed()

    def announce(self) -> None:
        self.say(f"Serving {settings.PUBLIC_URL}")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _port(value: str) -> int:
    if not is_port(value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 65535")
    return int(value)
