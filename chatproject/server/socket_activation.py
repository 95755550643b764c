"""A listening socket that systemd holds, so that a restart refuses nobody.

While one process ends and the next begins, systemd keeps the socket of `chat.socket` open, and who
connects waits in its queue. The protocol is that of sd_listen_fds(3): the sockets are the numbers
from 3 on, LISTEN_FDS says how many there are, LISTEN_PID for which process.
"""

import os
import socket
from collections.abc import Mapping

from django.core.management.base import CommandError

FIRST_DESCRIPTOR = 3

# As the process began: Twisted, which comes with daphne, takes the variables out of `os.environ`
# where it is loaded. So `command_line` imports this module before Django loads the apps.
VARIABLES = {name: os.environ.get(name, "") for name in ("LISTEN_PID", "LISTEN_FDS")}


def inherited_listener(variables: Mapping[str, str] = VARIABLES) -> socket.socket | None:
    """The listening socket that this process was started with, or None.

    Raises CommandError with chat.E034 where there are several, or one of another kind.
    """
    if variables["LISTEN_PID"] != str(os.getpid()):
        return None
    if (count := variables["LISTEN_FDS"]) != "1":
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
