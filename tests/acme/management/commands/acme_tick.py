"""`manage.py acme_tick user|conversation ID`: a tick from a process that serves nothing."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from chatproject.push import push_to_conversation, push_to_user


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", choices=("user", "conversation"))
        parser.add_argument("id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        push = push_to_user if options["to"] == "user" else push_to_conversation
        push(options["id"], "acme.tick", {"from": "command"})
