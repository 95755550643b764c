"""`manage.py relay`: publishes changes of all conversations to a message broker, and writes
inboxes.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.inbox.follower import InboxFollower
from messaging.relay.brokers import broker_of
from messaging.relay.changes import skip_history
from messaging.relay.parts import parts_of
from messaging.relay.relay import Relay


class Command(BaseCommand):
    help = (
        "Publishes every change of every log to the broker of EVENTS_URL, at least once and in "
        "order per conversation, and with INBOX=entries writes the entries of people's inboxes, "
        "until it is told to stop. As many publish as EVENTS_RELAYS says, and as many write as "
        "INBOX_FOLLOWERS, each a part of the logs; others stand by. `manage.py serve` runs them "
        "beside itself. See docs/event-stream.md and docs/scaling.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when everything is published")
        parser.add_argument(
            "--skip-history",
            action="store_true",
            help="begin with what comes now, in logs of which nothing was published yet",
        )
        parser.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EVENTS_URL and settings.INBOX != "entries":
            raise CommandError(
                "EVENTS_URL names no broker. Set it, such as nats://127.0.0.1:4222, or set "
                "INBOX=entries."
            )
        try:
            if settings.EVENTS_URL:
                broker_of(settings.EVENTS_URL)
        except ImportError as error:
            raise CommandError(
                f"The broker's client is missing ({error.name}). Install requirements-events.txt."
            ) from None
        if options["skip_history"]:
            self.stdout.write(f"{skip_history()} logs begin with what comes now.")
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_run(until_idle=options["once"], is_beside=options["beside"]))


async def _run(*, until_idle: bool, is_beside: bool) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(_follow(until_idle=until_idle))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if is_beside:  # the pipe's end is that of the server which holds it
        loop.add_reader(sys.stdin.fileno(), _end_with_input, task)
        os.nice(5)
    await task


async def _follow(*, until_idle: bool) -> None:
    async with asyncio.TaskGroup() as group:
        if settings.EVENTS_URL:
            parts = parts_of(settings.EVENTS_RELAYS)
            # One that ends has to have published all; one that goes on leaves the rest to others.
            for taken in [[part] for part in parts] if until_idle else [parts]:
                group.create_task(Relay(settings.EVENTS_URL, taken).run(until_idle=until_idle))
        if settings.INBOX == "entries":
            parts = parts_of(settings.INBOX_FOLLOWERS)
            for taken in [[part] for part in parts] if until_idle else [parts]:
                group.create_task(InboxFollower(taken).run(until_idle=until_idle))


def _end_with_input(task: "asyncio.Task[None]") -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        task.cancel()
