"""The process that fills the index for a server: python -m messaging.search.index_process DATABASE

Each line of its input names conversations by id, each answer is a line: how many messages were
looked at, and the conversations that have more. The input's end is its own. It is a process because
cutting texts into words would stop the event loop, and a polite one: whoever sends goes first.
"""

import gc
import logging
import os
import signal
import sys
from uuid import UUID

NICE = 5

log = logging.getLogger(__name__)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    gc.disable()  # what is imported stays
    import django  # noqa: PLC0415

    django.setup()
    gc.freeze()
    gc.enable()
    from django.db import connection  # noqa: PLC0415

    connection.settings_dict["NAME"] = sys.argv[1]
    os.nice(NICE)
    for line in sys.stdin:
        print(_answer(line), flush=True)  # noqa: T201 (the protocol)


def _answer(line: str) -> str:
    """Empty when it failed; the sweep finds what was left undone."""
    from django.db import connection  # noqa: PLC0415

    from messaging.search.indexer import index_conversations  # noqa: PLC0415

    try:
        done = index_conversations(map(UUID, line.split()))
    except Exception:
        log.exception("indexing for the search")
        connection.close()
        return ""
    return " ".join([str(done.messages), *map(str, done.behind)])


if __name__ == "__main__":
    main()
