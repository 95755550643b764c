"""The ASGI application: static files, Django for http, the chat consumer for WebSockets."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from accounts.auth.hot_credentials import credential_of  # noqa: E402
from accounts.auth.requester import address_line_of, requester_of  # noqa: E402
from accounts.auth.socket_authenticator import authenticate_headers  # noqa: E402
from attachments.errors import FileTooLarge  # noqa: E402
from chatproject import realtime_runtime, routing  # noqa: E402
from chatproject.core.web.static_files import StaticFiles  # noqa: E402
from chatproject.server import data_dir  # noqa: E402 (needs the apps to be loaded)
from chatproject.server.compression import Compression  # noqa: E402
from chatproject.server.health import HealthProbes  # noqa: E402
from chatproject.server.hot_path import HotPath  # noqa: E402
from chatproject.server.metrics.endpoint import MetricsEndpoint  # noqa: E402
from chatproject.server.request_ids import RequestIds  # noqa: E402
from chatproject.server.request_threads import Shares, ThreadedHandler, UploadRoute  # noqa: E402
from chatproject.server.slow_lane import SlowLane  # noqa: E402
from chatproject.server.task_worker import Background  # noqa: E402
from messaging.api.hot_calls import hot_calls  # noqa: E402
from messaging.api.slack.files import UPLOAD_PATH, admit_upload  # noqa: E402


async def lifespan(
    scope: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Starts the real-time parts before the first request, and ends them after the last."""
    await receive()
    try:
        await realtime_runtime.start()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        raise
    background = Background()
    if settings.TASKS:
        background.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await background.stop()
    await realtime_runtime.stop()
    await hot_path.close()
    await send({"type": "lifespan.shutdown.complete"})


# The body is a file and what a form puts around it.
UPLOADS = UploadRoute(
    path="/v1/attachments",
    max_body=settings.ATTACHMENT_MAX_BYTES + 64 * 1024,
    refusal=FileTooLarge,
    admit=authenticate_headers,
)

SLACK_UPLOADS = UploadRoute(
    path=UPLOAD_PATH,
    max_body=settings.ATTACHMENT_MAX_BYTES + 64 * 1024,
    refusal=FileTooLarge,
    admit=admit_upload,
)

# Where a password may be hashed.
PASSWORDS = SlowLane(
    re.compile(
        r"(?:/v1/users/(?:register|login|me|me/password|me/email|me/mfa/.*|password-reset/confirm)"
        r"|/login|/register|/set-up|/settings/(?:password|email|second-factor/.*)"
        r"|/password-reset/confirm"
        r"|/admin/login|/admin/accounts/user/(?:add|[^/]+/password))"
    ),
    {"POST", "DELETE"},
)

data_dir.prepare()
requests = ThreadedHandler(
    Shares(requester_of, address_line_of),
    upload=[UPLOADS, SLACK_UPLOADS],
    lane=PASSWORDS,
    one_at_a_time={"/v1/sync": realtime_runtime.SYNCS},
)
hot_path = HotPath(requests, hot_calls, credential_of, realtime_runtime.do_sends_wait)
# Whoever may write in a conversation may read it, so that a page of it hides nothing from them.
PAGES = re.compile(r"/v1/conversations/[^/]+/(?:messages|changes)/?")
django_and_sockets = ProtocolTypeRouter(
    {
        "http": Compression(hot_path, PAGES),
        "websocket": routing.application,
        "lifespan": lifespan,
    }
)
application = RequestIds(
    HealthProbes(
        MetricsEndpoint(StaticFiles(django_and_sockets)),
        begin=realtime_runtime.start,
    )
)
