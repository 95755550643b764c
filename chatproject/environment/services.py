"""Readers of the services beside the server: PostgreSQL, Redis, search, a message broker, Sentry.

The text of a problem never shows a value, since it may hold a password.
"""

import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from chatproject.environment.addresses import has_scheme, is_host_and_port, split_url
from chatproject.environment.reader import Reader

BROKERS = ("kafka", "kafkas", "amqp", "amqps", "nats", "natss")
# Of a Kafka topic or a NATS stream.
NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "._-")


class ServiceReaders(Reader):
    """Of addresses of services, which may hold passwords."""

    def database(self, name: str) -> dict[str, Any] | None:
        """Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS of a PostgreSQL URL; None if unset.

        A wrong one gives an empty NAME, with which nothing connects: it must not lead to another
        database. The problem's text never shows the value, since it may hold a password.
        """
        value = self.text(name)
        if not value:
            return None
        try:
            # What has several hosts is no URL to others.
            is_url = value.startswith(("postgres://", "postgresql://"))
            parts = conninfo_to_dict(value) if is_url else {}
        except ProgrammingError:
            parts = {}
        ports = str(parts.get("port") or "").split(",")
        if not all(port.isdigit() or not port for port in ports):
            parts = {}
        if not parts.get("dbname"):
            self.note(
                "E001",
                f"{name} is not the address of a PostgreSQL database.",
                f"Set {name} to postgresql://USER:PASSWORD@HOST:PORT/NAME, or unset it to use the "
                "embedded PostgreSQL.",
            )
        return _django_database(parts)

    def redis_url(self, name: str) -> str:
        """One address, or several separated by commas."""
        value = self.text(name)
        if value and not all(_is_redis(url.strip()) for url in value.split(",")):
            self.note(
                "E008",
                f"{name} is not a Redis address.",
                f"Set {name} to redis://HOST:PORT/NUMBER, rediss://… for TLS, or unix:///PATH; or "
                "to several of them, separated by commas.",
            )
            return ""
        return value

    def sentry_dsn(self, name: str) -> str:
        """Where errors are reported to: an address with a key and a project; empty if unset."""
        value = self.text(name)
        url = split_url(value)
        if value and not (
            url is not None
            and has_scheme(value, "http", "https")
            and url.username
            and url.hostname
            and url.path.rpartition("/")[2].isdigit()
        ):
            self.note(
                "E054",
                f"{name} is not the DSN of a Sentry project.",
                f"Set {name} to https://KEY@HOST/NUMBER as Sentry shows it, or unset it.",
            )
            return ""
        return value

    def search_url(self, name: str) -> str:
        """Of an OpenSearch or Elasticsearch cluster; empty for the search in PostgreSQL."""
        value = self.text(name)
        url = split_url(value)
        if value and not (
            url is not None
            and has_scheme(value, "opensearch", "opensearchs")
            and url.hostname
            and "/" not in url.path.strip("/")
        ):
            self.note(
                "E040",
                f"{name} names no search server that is known here.",
                f"Set {name} to opensearch://USER:PASSWORD@HOST:PORT/PREFIX, opensearchs://… for "
                "TLS, or unset it to search in PostgreSQL.",
            )
            return ""
        return value

    def events_url(self, name: str) -> str:
        """Of a message broker: Kafka, RabbitMQ or NATS; empty if unset. The problem's text never
        shows the value, since it may hold a password."""
        value = self.text(name)
        if not value or _is_broker(value):
            return value
        self.note(
            "E090",
            f"{name} names no message broker that is known here.",
            f"Set {name} to kafka://HOST:PORT,HOST:PORT/TOPIC, amqp://USER:PASSWORD@HOST/VHOST, or "
            "nats://HOST:PORT/STREAM (kafkas, amqps, natss for TLS), or unset it.",
        )
        return ""


def _django_database(parts: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    database = {django: str(parts.get(libpq) or "") for libpq, django in names.items()}
    return database | {"OPTIONS": {key: parts[key] for key in parts if key not in names}}


def _is_redis(value: str) -> bool:
    """The number of a database is not left to redis-py, which passes over a wrong one."""
    url = split_url(value)
    if url is None or not has_scheme(value, "redis", "rediss", "unix"):
        return False
    number = "" if url.scheme == "unix" else url.path.strip("/")
    place = url.path if url.scheme == "unix" else url.hostname
    return bool(place) and (not number or (number.isascii() and number.isdigit()))


def _is_broker(value: str) -> bool:
    """Several hosts are allowed but for RabbitMQ, options for it alone. Ports are looked at here,
    since `urlsplit` knows of one."""
    try:
        url = urlsplit(value)
    except ValueError:  # half an IPv6 address
        return False
    hosts = url.netloc.rpartition("@")[2].split(",")
    name, options = (
        url.path.strip("/"),
        {key for key, _ in parse_qsl(url.query, keep_blank_values=True)},
    )
    if url.scheme in ("amqp", "amqps"):
        fits = "/" not in name and len(hosts) == 1 and options <= {"exchange", "queue"}
    else:
        allowed = NAME_CHARACTERS if url.scheme.startswith("kafka") else NAME_CHARACTERS - {"."}
        fits = not set(name) - allowed and not options
    return url.scheme in BROKERS and fits and all(map(is_host_and_port, hosts))
