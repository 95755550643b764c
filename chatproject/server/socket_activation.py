"""A listening socket that systemd holds, so that a restart refuses nobody.

While one process ends and the next begins, systemd keeps the socket of `chat.socket` open, and who
connects waits in its queue. The protocol is that of sd_listen_fds(3): the sockets are the numbers
from 3 on, LISTEN_FDS says how many there are, LISTEN_PID for which process.
"""

import os
import socket
from collections.abc import MutableMapping

from django.core.management.base import CommandError

FIRST_DESCRIPTOR = 3


def inherited_listener(environment: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """The listening socket that this process was started with, or None.

    Takes the variables away, so that no child believes them to be its own. Raises CommandError
    with chat.E034 where there are several, or one of another kind.
    """
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    pid, count, _ = (environment.pop(name, "") for name in names)
    if pid != str(os.getpid()):
        return None
    if count != "1":
        raise CommandError(
            f"chat.E034: systemd passed {count or 'no'} sockets, and one is served. Leave one "
            "ListenStream= in chat.socket."
        )
    listener = socket.socket(fileno=FIRST_DESCRIPTOR)
    if listener.family not in (socket.AF_INET, socket.AF_INET6) or not _listens(listener):
        listener.close()
        raise CommandError(
            "chat.E034: the socket that systemd passed does not listen on an address and a port. "
            "Write ListenStream=127.0.0.1:8000 in chat.socket."
        )
    os.set_inheritable(FIRST_DESCRIPTOR, False)
    return listener


def _listens(listener: socket.socket) -> bool:
    return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
