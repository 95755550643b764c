"""The command `chat` of an installed wheel, and what it shares with `manage.py`."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

import django
from django.core.management import execute_from_command_line

from chatproject.server import socket_activation as _  # noqa: F401 (reads what Twisted deletes)

# What only tells something also works where nothing is right.
TELLING = {"check", "help", "--help", "-h", "version", "--version"}

# Commands whose threads share a pool of connections to the database.
SERVING = {"up", "serve", "worker", "relay", "runserver"}

# Commands that need no `manage` before them.
SHORT = ("up", "serve", "worker", "migrate")

USAGE = """\
usage: chat up                  set everything up on this machine and serve it, with demo data
       chat serve [OPTIONS]     serve only: for production, after `chat migrate`
       chat worker              run the background tasks of a server that has TASKS=off
       chat migrate             bring the database up to this version
       chat manage COMMAND ...  any other command; `chat manage help` lists them
       chat --version

Settings come from the environment; see docs/operations.md. Data is kept in DATA_DIR.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs `chat ARGUMENTS`. Ends the process with 2 when they are not understood."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    first = given[0] if given else ""
    if first in ("", "help", "--help", "-h"):
        sys.stdout.write(USAGE)
    elif first in ("version", "--version"):
        from chatproject import __version__  # noqa: PLC0415

        sys.stdout.write(f"chat {__version__}\n")
    elif first == "manage":
        manage("chat manage", given[1:])
    elif first in SHORT:
        manage("chat", given)
    else:
        sys.stderr.write(f"chat: there is no {first!r}. Perhaps: chat manage {first}\n\n{USAGE}")
        sys.exit(2)


def manage(program: str, arguments: Sequence[str]) -> None:
    """Runs a management command, after the settings were checked and DATA_DIR was made.

    `program` is what usage messages call it.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    from chatproject.core.db.unpooled import unpooled  # noqa: PLC0415 (needs the settings' name)
    from chatproject.server import checks, data_dir  # noqa: PLC0415
    from chatproject.server.embedded_postgres import PostgresFailed  # noqa: PLC0415

    is_telling = bool(TELLING & set(arguments))
    if not is_telling:
        checks.refuse_wrong_environment()
        data_dir.prepare()
        gc.disable()  # what is loaded stays: looking for garbage among it takes a tenth of the time
        django.setup()
        gc.freeze()
        gc.enable()
    try:
        with nullcontext() if is_telling or SERVING & set(arguments[:1]) else unpooled():
            execute_from_command_line([program, *arguments])
    except PostgresFailed as error:
        sys.exit(str(error))
