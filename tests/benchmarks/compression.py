"""What gzip costs and saves: `python -m tests.benchmarks.compression`.

For answers of a running server, by level: CPU of compressing one, and how much sooner it arrives.
"""

import os
import secrets
import tempfile
import time
import zlib
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))  # the server gets the same

import django

django.setup()

import httpx  # noqa: E402

from tests.benchmarks.plan import Plan  # noqa: E402 (models need the setup)
from tests.benchmarks.system import Site, running  # noqa: E402

PLAN = Plan(people=1_000, idle=100, rooms=(100,), senders=((20, (1,)),))
LEVELS = (1, 4, 6)
MEGABITS = (1.6, 10, 100)  # a second
ROUNDS, CALLS = 7, 10


def answers(site: Site) -> dict[str, bytes]:
    headers = {
        "Authorization": f"Bearer {site.world.token(site.world.reader)}",
        "Accept-Encoding": "identity",
    }
    paths = {
        "a page of 50": f"/v1/conversations/{site.world.history}/messages",
        "inbox, first 50": "/v1/conversations?limit=50",
        "inbox, all 500": "/v1/conversations?limit=500",
    }
    with httpx.Client(base_url=site.server.base_url, headers=headers, timeout=30) as client:
        return {name: client.get(path).raise_for_status().content for name, path in paths.items()}


def gzip(body: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


def milliseconds(body: bytes, level: int) -> float:
    """Of CPU, in the fastest round: other work on the machine only adds to it."""
    rounds = []
    for _ in range(ROUNDS):
        begun_at = time.process_time()
        for _ in range(CALLS):
            gzip(body, level)
        rounds.append((time.process_time() - begun_at) / CALLS * 1000)
    return min(rounds)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder), PLAN) as site:
            found = answers(site)
    for name, body in found.items():
        for level in LEVELS:
            size = len(gzip(body, level))
            sooner = [(len(body) - size) * 8 / (speed * 1000) for speed in MEGABITS]
            print(
                f"{name:16} {len(body):8,} bytes, level {level}: {size:7,} bytes, "
                f"{milliseconds(body, level):5.2f} ms of CPU; sooner by "
                + ", ".join(f"{it:.1f}" for it in sooner)
                + f" ms at {', '.join(map(str, MEGABITS))} Mbit/s"
            )


if __name__ == "__main__":
    main()
