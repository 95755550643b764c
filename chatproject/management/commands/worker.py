"""`manage.py worker`: background tasks in a process of their own."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatproject.core import logs
from chatproject.server import task_worker


class Command(BaseCommand):
    help = (
        "Runs background tasks (previews of pictures, expiry) until it is told to stop. Server "
        "processes do so too unless TASKS is off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when no task is due any more")

    def handle(self, *args: Any, **options: Any) -> None:
        if not task_worker.is_migrated():
            raise CommandError("The database lacks the queue's tables. Run: manage.py migrate")
        logs.log_what_python_prints()
        asyncio.run(task_worker.work(handle_signals=True, wait=not options["once"]))
