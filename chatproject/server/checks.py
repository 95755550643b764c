"""System checks: a wrong setting is refused at start, named, and with what to do about it."""

import importlib.util
import ipaddress
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connection

from chatproject.core.storage import file_storage
from chatproject.realtime.redis_servers import servers_of
from chatproject.server.embedded_postgres import lease

SHORTEST_SECRET_KEY = 50
OLDEST_POSTGRES = 14_00_00
# Of a message broker, by the scheme of EVENTS_URL.
CLIENTS = {
    **dict.fromkeys(("kafka", "kafkas"), "confluent_kafka"),
    **dict.fromkeys(("amqp", "amqps"), "aio_pika"),
    **dict.fromkeys(("nats", "natss"), "nats"),
}
OLDEST_REDIS = 6  # the first with RESP3

Apps = Sequence[AppConfig] | None


@register()
def check_environment(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """What the readers of the environment could not make sense of."""
    problems = settings.ENVIRONMENT.problems
    return [Error(message, hint=hint, id=check) for check, message, hint in problems]


def refuse_wrong_environment() -> None:
    """Ends the process when a setting makes no sense.

    For commands that run no checks, or only after they have used the database.
    """
    if errors := check_environment(None):
        sys.exit("\n".join(["Wrong settings:", *map(str, errors)]))


@register()
def check_search(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """The client of a search server is no part of what is installed for all."""
    if not settings.SEARCH_URL or importlib.util.find_spec("opensearchpy"):
        return []
    hint = "Install it: pip install -r requirements-opensearch.txt"
    return [Error("SEARCH_URL needs the package opensearch-py.", hint=hint, id="chat.E041")]


@register()
def check_events(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Nor is that of a message broker."""
    client = CLIENTS.get(settings.EVENTS_URL.partition(":")[0])
    if client is None or importlib.util.find_spec(client):
        return []
    hint = "Install it: pip install -r requirements-events.txt"
    return [Error(f"EVENTS_URL needs the package {client}.", hint=hint, id="chat.E092")]


@register()
def check_archive(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Nor is what reads and writes the files of the archive."""
    if not settings.ARCHIVE_AFTER_DAYS or importlib.util.find_spec("pyarrow"):
        return []
    hint = "Install it: pip install -r requirements-archive.txt"
    return [Error("ARCHIVE_AFTER_DAYS needs the package pyarrow.", hint=hint, id="chat.E094")]


@register(Tags.security)
def check_production(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """What is fit for a laptop and not for an https address."""
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if not settings.RATE_LIMITS:
        hint = "Unset RATE_LIMITS; off is for benchmarks and tests."
        found.append(Error("RATE_LIMITS is off in production.", hint=hint, id="chat.E005"))
    if not settings.SECRET_KEY_IS_SET or len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        hint = (
            f"Set SECRET_KEY to {SHORTEST_SECRET_KEY} random characters or more, one for all "
            "processes. One way to make them: openssl rand -base64 48"
        )
        found.append(Error("SECRET_KEY is unset or too short.", hint=hint, id="chat.E006"))
    if not settings.TRUSTED_PROXIES:
        hint = (
            "The server itself speaks plain http. Put a proxy with TLS before it and set "
            "TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1."
        )
        found.append(Error("TRUSTED_PROXIES is unset in production.", hint=hint, id="chat.E011"))
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts in ALLOWED_HOSTS, or unset it: then it is the host of PUBLIC_URL."
        found.append(Error("ALLOWED_HOSTS lets any host in.", hint=hint, id="chat.E027"))
    if settings.DEBUG:
        found.append(Error("DEBUG is on in production.", hint="Unset DEBUG.", id="chat.E012"))
    return found


@register()
def check_metrics(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """An address that all clients behind a proxy seem to have must not open `/metrics`."""
    listed, proxies = (
        [ipaddress.ip_network(name) for name in names]
        for names in (settings.METRICS_ADDRESSES, settings.TRUSTED_PROXIES)
    )
    both = [
        it
        for it in listed
        for proxy in proxies
        if it.version == proxy.version and it.overlaps(proxy)
    ]
    if not both:
        return []
    hint = "Set METRICS_TOKEN for who scrapes from a proxy's machine; the address does not count."
    message = f"METRICS_ADDRESSES has an address of TRUSTED_PROXIES: {both[0]}."
    return [checks.Warning(message, hint=hint, id="chat.W052")]


@register(Tags.database)
def check_database(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Whether the database answers and is fit, over a connection of its own beside the pool."""
    if not databases:
        return []
    try:
        version, encoding = ask_database()
    except (OperationalError, psycopg.OperationalError) as error:
        hint = "Start the server that DATABASE_URL names, or correct DATABASE_URL."
        if settings.USES_EMBEDDED_POSTGRES:
            hint = f"Its log is in {settings.EMBEDDED_POSTGRES.data / 'log'}."
        return [Error(f"The database does not answer: {error}", hint=hint, id="chat.E007")]
    if version < OLDEST_POSTGRES or encoding != "UTF8":
        hint = "Set DATABASE_URL to a PostgreSQL 14 or newer, a database with encoding UTF8."
        return [Error("The database is not fit for the chat.", hint=hint, id="chat.E016")]
    return []


@register("storage", deploy=True)
def check_storage(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Whether the place of people's files answers; asked at the start of a server."""
    try:
        file_storage().ping()
    except FileNotFoundError:  # a folder is made at the start
        return []
    except Exception as error:  # noqa: BLE001 (each kind of store has its own)
        hint = "Start the service that STORAGE_URL names, or correct STORAGE_URL."
        return [Error(f"The store of files does not answer: {error}", hint=hint, id="chat.E019")]
    return []


@register(Tags.database)
def check_redis(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Only a warning: the chat serves without Redis for a while, and a start must not wait."""
    if not databases or not settings.REDIS_URL:
        return []
    hint = "Start the Redis 6 or newer that REDIS_URL names, or correct REDIS_URL."
    problems = [_redis_problem(url) for url in servers_of(settings.REDIS_URL)]
    return [checks.Warning(it, hint=hint, id="chat.W025") for it in problems if it]


def _redis_problem(url: str) -> str | None:
    import redis  # noqa: PLC0415 (a tenth of a start, which nobody without Redis has to wait for)

    patience = {"socket_connect_timeout": 2, "socket_timeout": 2}
    try:
        with redis.Redis.from_url(url, **patience) as client:
            version = int(str(client.info("server")["redis_version"]).split(".")[0])
    except (redis.RedisError, OSError) as error:
        return f"Redis does not answer: {error}"
    return f"Redis {version} is too old." if version < OLDEST_REDIS else None


def ask_database() -> tuple[int, str]:
    """Version and encoding. Beside the pool, which would not say why there is no connection."""
    if settings.USES_EMBEDDED_POSTGRES:
        lease.hold(settings.EMBEDDED_POSTGRES)
    with psycopg.connect(**connection.get_connection_params()) as direct:
        row = direct.execute("SHOW server_encoding").fetchone()
        return direct.info.server_version, str(row and row[0])
