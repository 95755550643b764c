"""Disk, file storage, Redis, mail and the server itself, as this machine reaches them."""

import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

import httpx
import redis
from django.conf import settings
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.mail import get_connection

from chatproject.core.error_redaction import message_of
from chatproject.core.storage import file_storage
from chatproject.environment.addresses import local_url
from chatproject.environment.mail import SMTP
from chatproject.management.doctor.clocks import (
    CLOCK_REMEDY,
    check_synchronization,
    clock_finding,
)
from chatproject.management.doctor.findings import Check, Finding, failed, ok, warning
from chatproject.realtime.redis_servers import servers_of
from messaging.reads.cache import shared_pages
from messaging.reads.cache.latest_page_cache import CachedMessage, CachedPage
from messaging.reads.cache.sealed_pages import name_of, seal, unseal

GIB = 1024**3
# Whichever is more: a share of the disk, or what a busy day writes.
FREE_WARNING, FREE_FAILURE = (0.10, 5 * GIB), (0.03, 1 * GIB)
PATIENCE = 5.0  # seconds
NEARLY_FULL = 0.8  # of the memory that Redis may use


def checks() -> list[Check]:
    return [
        Check("settings", check_settings, "Correct the settings."),
        Check("server", check_server, "Start it: manage.py serve."),
        Check("clock synchronization", check_synchronization, CLOCK_REMEDY),
        Check("disk", check_disk, "Make the folders of DATA_DIR and STORAGE_URL."),
        Check("storage", check_storage, "Start the store that STORAGE_URL names, or correct it."),
        Check("redis", check_redis, "Start the Redis that REDIS_URL names, or correct REDIS_URL."),
        Check("mail", check_mail, "Correct EMAIL_URL; is the mail server up?"),
    ]


def check_settings() -> Iterator[Finding]:
    """What every start checks, and what is only fit for a laptop."""
    found = run_checks(include_deployment_checks=settings.PRODUCTION)
    for message in found:
        told = failed if message.is_serious() else warning
        yield told("settings", f"{message.id}: {message.msg}", str(message.hint or ""))
    if not found:
        yield ok("settings", "All are valid.")


def check_server() -> Iterator[Finding]:
    """What the server of this machine says of its parts."""
    url = local_url(settings.HOST, settings.PORT)
    try:
        answer = httpx.get(f"{url}/readyz", timeout=PATIENCE, trust_env=False)
        parts = answer.json()
    except (httpx.HTTPError, ValueError):
        remedy = "Start it with manage.py serve; elsewhere, look there."
        yield warning("server", f"No server answers on {url}.", remedy)
        return
    for name in ("database", "bus", "storage"):
        state = parts.get(name)
        if state == "ok":
            yield ok(f"server's {name}", "It answers.")
        else:
            remedy = "The server's log says why; it needs the same settings as this command."
            yield failed(f"server's {name}", f"It is {state}.", remedy)


def check_disk() -> Iterator[Finding]:
    folders = {"data": Path(settings.DATA_DIR)}
    options: Any = settings.STORAGES["default"]["OPTIONS"]
    if "location" in options and "bucket_name" not in options:
        folders["files"] = Path(options["location"])
    for name, folder in folders.items():
        existing = next(it for it in (folder, *folder.parents) if it.exists())
        usage = shutil.disk_usage(existing)
        yield disk_finding(f"disk of {name}", usage.free, usage.total)


def disk_finding(name: str, free: int, total: int) -> Finding:
    text = f"{free / GIB:.1f} of {total / GIB:.0f} GiB are free."
    remedy = "Make room: old backups and logs, retention (docs/operations.md), or a larger disk."
    if free < min(FREE_FAILURE[0] * total, FREE_FAILURE[1]):
        return failed(name, text, remedy)
    if free < min(FREE_WARNING[0] * total, FREE_WARNING[1]):
        return warning(name, text, remedy)
    return ok(name, text)


def check_storage() -> Iterator[Finding]:
    """Writes an object, reads it and removes it. A killed doctor's is removed by
    `prune_attachments`."""
    storage, content = file_storage(), secrets.token_bytes(1000)
    key = f"doctor/{secrets.token_hex(16)}"
    begun_at = time.monotonic()
    storage.put(key, ContentFile(content))
    try:
        with TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            storage.fetch(key, copy)
            is_same = copy.read_bytes() == content
    finally:
        storage.remove([key])
    if is_same:
        milliseconds = (time.monotonic() - begun_at) * 1000
        yield ok("storage", f"An object was stored and read in {milliseconds:.0f} ms.")
    else:
        remedy = "Look at the store: what it returns is not what it was given."
        yield failed("storage", "An object came back changed.", remedy)
    with TemporaryDirectory() as folder:
        try:
            storage.fetch(key, Path(folder) / "copy")
        except FileNotFoundError:
            return
    remedy = "Let the key of STORAGE_URL delete objects: erasures and deletions have to reach them."
    yield failed("storage", "An object that was removed is still there.", remedy)


def check_redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield ok("redis", "There is none, so one process serves.")
        return
    for url in servers_of(settings.REDIS_URL):
        yield from _check_one_redis(url)


def _check_one_redis(url: str) -> Iterator[Finding]:
    patience: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    with redis.Redis.from_url(url, **patience) as client:
        begun_at = time.monotonic()
        client.ping()
        milliseconds = (time.monotonic() - begun_at) * 1000
        yield ok("redis", f"It answers in {milliseconds:.0f} ms.")
        before = time.time()
        seconds, microseconds = cast("tuple[int, int]", client.time())
        theirs = seconds + microseconds / 1e6
        yield clock_finding("redis clock", before, theirs, time.time())
        yield _published(client)
        if shared_pages.are_on():
            yield _kept_page(client)
            yield _memory(client)


def _published(client: "redis.Redis") -> Finding:
    """Whether a publication arrives on another connection, as between processes."""
    channel, word = f"chat-doctor:{secrets.token_hex(8)}", secrets.token_bytes(8)
    remedy = "The user of REDIS_URL needs the channels chat* (ACL: &chat* +@pubsub)."
    try:
        heard: Any = client.pubsub()  # type: ignore[no-untyped-call]
        with heard:
            heard.subscribe(channel)
            heard.get_message(timeout=PATIENCE)  # that it is subscribed
            begun_at = time.monotonic()
            client.publish(channel, word)
            message = heard.get_message(timeout=PATIENCE)
    except redis.ResponseError as error:
        return failed("redis pub/sub", message_of(error), remedy)
    if message and message["data"] == word:
        milliseconds = (time.monotonic() - begun_at) * 1000
        return ok("redis pub/sub", f"A publication arrives in {milliseconds:.0f} ms.")
    return failed("redis pub/sub", "A publication does not arrive.", remedy)


def _kept_page(client: "redis.Redis") -> Finding:
    """Whether a latest page is kept and found, as by two server processes."""
    place, page = uuid4(), CachedPage(1, [CachedMessage(1, b"{}", None)], 1, "doctor")
    name = name_of(place)
    remedy = (
        "The user of REDIS_URL needs the keys chat:page:* (ACL: ~chat:page:* +eval +getrange +set "
        "+get +unlink). REDIS_PAGE_CACHE_SIZE=0 goes without."
    )
    try:
        ask: Any = client.execute_command
        ask(*shared_pages.keep_command(name, seal(place, page), PATIENCE))
        found = unseal(place, client.get(name), "doctor")
        client.unlink(name)
    except redis.ResponseError as error:
        return failed("redis pages", message_of(error), remedy)
    if found == page:
        return ok("redis pages", "A stored page is found.")
    return failed("redis pages", "A stored page is not found.", remedy)


def _memory(client: "redis.Redis") -> Finding:
    """Pages must not take the memory that presence needs."""
    try:
        told = client.info("memory")
    except redis.ResponseError:
        return ok("redis memory", "The server does not report it.")
    used, most = int(told["used_memory"]), int(told.get("maxmemory", 0))
    policy = str(told.get("maxmemory_policy", ""))
    if most and used > NEARLY_FULL * most and policy == "noeviction":
        remedy = "Raise maxmemory, choose volatile-ttl, or lower REDIS_PAGE_CACHE_SIZE."
        text = f"{used >> 20} of {most >> 20} MiB are used, and none is given back."
        return warning("redis memory", text, remedy)
    return ok("redis memory", f"{used >> 20} MiB are used.")


def check_mail() -> Iterator[Finding]:
    """Whether the mail server accepts connections; no mail is sent."""
    if settings.EMAIL_BACKEND != SMTP:
        remedy = "Set EMAIL_URL to smtp://… or smtps://…, see docs/settings.md."
        where = settings.EMAIL_FILE_PATH
        told = f"Mails are written to {where}." if where else "EMAIL_URL names no mail server."
        yield warning("mail", f"No mail is sent. {told}", remedy)
        return
    with get_connection(timeout=PATIENCE):
        pass
    yield ok("mail", "The mail server accepts the connection.")
