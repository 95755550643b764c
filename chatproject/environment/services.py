"""Typed readers of the environment that fail loudly.

A reader that meets a wrong value notes a `Problem` and goes on with the default, so that settings
can always be imported. `chatproject.server.checks` turns the problems into system check errors,
with which every start is refused. An empty variable counts as unset.
"""

import ipaddress
import secrets
import string
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypedDict
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from chatproject.email_url import email_settings, sender_address

SHORTEST_SECRET = 20
LONGEST_SITE_NAME = 40
LARGEST_PICTURE = 256 * 1024
PICTURES = (".svg", ".png", ".webp")
# As in css/accents.css; the first is that of tokens.css.
ACCENTS = ("indigo", "blue", "teal", "green", "amber", "rose", "violet", "graphite")
BROKERS = ("kafka", "kafkas", "amqp", "amqps", "nats", "natss")
# Of a Kafka topic or a NATS stream.
NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "._-")
FLAGS = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}


class Problem(NamedTuple):
    """A wrong setting: the id of its system check, what is wrong, and what to do."""

    id: str
    message: str
    hint: str


class LiveSettings(TypedDict):
    """What a running server takes over from SETTINGS_FILE, by the names of Django's settings."""

    SOCKETS_PER_PERSON: int
    SOCKETS_PER_ADDRESS: int
    FRAMES_PER_SECOND: int
    NEW_ACCOUNT_HOURS: int
    NEW_ACCOUNT_LINKS: int
    NEW_ACCOUNT_INVITES: int
    ATTACHMENT_QUOTA_BYTES: int


class Environment:
    """Reads variables; what is wrong with them is in `problems` afterwards."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[Problem] = []

    @property
    def variables(self) -> Mapping[str, str]:
        return self._variables

    def note(self, check: str, message: str, hint: str) -> None:
        self.problems.append(Problem(f"chat.{check}", message, hint))

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def secret(self, name: str, *, check: str) -> str:
        """Printable ASCII without spaces, long enough not to be guessed; empty if unset."""
        value = self.text(name)
        fits = value.isascii() and value.isprintable() and " " not in value
        if not value or (fits and len(value) >= SHORTEST_SECRET):
            return value
        self.note(
            check,
            f"{name} is shorter than {SHORTEST_SECRET} characters, or unfit for a header.",
            f"Set {name} to, say, what this prints: openssl rand -hex 32",
        )
        return ""

    def flag(self, name: str, *, default: bool, check: str) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() not in FLAGS:
            self.note(
                check, f"{name}={value!r} is neither on nor off.", f"Set {name} to on or off."
            )
            return default
        return FLAGS[value.lower()]

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not is_port(value):
            self.note(
                "E002",
                f"{name}={value!r} is not a port.",
                f"Set {name} to a number from 1 to 65535.",
            )
            return default
        return int(value)

    def seconds(self, name: str, default: float, *, least: float, most: float) -> float:
        value = self.text(name, str(default))
        if is_decimal(value) and least <= float(value) <= most:
            return float(value)
        self.note(
            "E022",
            f"{name}={value!r} is not a number of seconds from {least:g} to {most:g}.",
            f"Set {name} to a number such as {default:g}, or unset it.",
        )
        return default

    def number(self, name: str, default: int, *, check: str) -> int:
        """A whole number, 0 or more."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        self.note(check, f"{name}={value!r} is not a number.", f"Set {name} to 0, 1, 2 …")
        return default

    def choice(self, name: str, default: str, choices: Collection[str], *, check: str) -> str:
        value = self.text(name, default).lower()
        if value in choices:
            return value
        words = " or ".join(choices)
        self.note(check, f"{name}={value!r} is not {words}.", f"Set {name} to {words}.")
        return default

    def registration(self, name: str) -> str:
        value = self.text(name, "open").lower()
        if is_registration(value):
            return value
        words = "open, invite, closed, or domain: and a domain, such as domain:example.org"
        self.note("E045", f"{name}={value!r} is not {words}.", f"Set {name} to {words}.")
        return "closed"

    def days_by(self, name: str, kinds: Collection[str], *, check: str) -> dict[str, int]:
        """Days for some of the kinds, as in `group=365,public=730`."""
        days: dict[str, int] = {}
        for word in self.words(name):
            kind, _, number = word.partition("=")
            if kind not in kinds or not number.isascii() or not number.isdigit():
                self.note(
                    check,
                    f"{name} has {word!r}, which is not a kind and a number of days.",
                    f"Set {name} to some of {', '.join(kinds)}, such as direct=365,group=730.",
                )
                continue
            days[kind] = int(number[:6])
        return days

    def host(self, name: str, default: str) -> str:
        """An IP address or a host name to listen on."""
        value = self.text(name, default)
        if _is_address(value) or _is_host_name(value):
            return value
        self.note(
            "E015",
            f"{name}={value!r} is not an address to listen on.",
            f"Set {name} to an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
        )
        return default

    def folder(self, name: str, default: str, *, base: Path) -> Path:
        """An absolute path; a relative one counts from `base`."""
        path = (base / Path(self.text(name, default)).expanduser()).resolve()
        if path.exists() and not path.is_dir():
            self.note("E013", f"{name}={path} is not a folder.", f"Set {name} to a folder.")
        return path

    def path(self, name: str, *, base: Path) -> Path | None:
        """An absolute path; a relative one counts from `base`. None if unset."""
        value = self.text(name)
        return (base / Path(value).expanduser()).resolve() if value else None

    def site_name(self, name: str, default: str) -> str:
        """A short line of printable text."""
        value = self.text(name, default)
        if len(value) <= LONGEST_SITE_NAME and value.isprintable():
            return value
        self.note(
            "E068",
            f"{name} has more than {LONGEST_SITE_NAME} characters, or unprintable ones.",
            f"Set {name} to the name of the installation, such as Example Chat.",
        )
        return default

    def picture(self, name: str, *, base: Path) -> Path | None:
        """The path of a small picture that is there; None if unset."""
        path = self.path(name, base=base)
        if path is None:
            return None
        fits = path.suffix.lower() in PICTURES and path.is_file()
        if fits and path.stat().st_size <= LARGEST_PICTURE:
            return path
        self.note(
            "E069",
            f"{name}={path} is no SVG, PNG or WebP file of at most {LARGEST_PICTURE // 1024} KB.",
            f"Set {name} to the path of such a file, or unset it.",
        )
        return None

    def public_url(self, name: str) -> SplitResult | None:
        """Where people reach the server: scheme and host, with a port where it is not the usual."""
        value = self.text(name)
        if not value:
            return None
        url = _split(value)
        if url is None or url.scheme not in ("http", "https") or not _is_origin(url):
            self.note(
                "E003",
                f"{name}={value!r} is not an http or https address without a path.",
                f"Set {name} to the address in people's browsers, such as https://chat.example.org.",
            )
            return None
        return url._replace(path="")

    def issuer(self, name: str, *, production: bool) -> str:
        """The address of an OpenID provider, or empty; OIDC_CLIENT_ID belongs to it."""
        value = self.text(name)
        url = _split(value)
        schemes = ("https",) if production else ("https", "http")
        if value and not (url and url.scheme in schemes and url.hostname and not url.query):
            self.note(
                "E062",
                f"{name}={value!r} is not the https address of an OpenID provider.",
                f"Set {name} to its issuer, such as https://login.example.org, or unset it.",
            )
            return ""
        if value and not self.text("OIDC_CLIENT_ID"):
            self.note(
                "E062",
                f"{name} is set and OIDC_CLIENT_ID is not.",
                "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET to what the provider gave you.",
            )
            return ""
        return value

    def mapping(self, name: str, values: Collection[str], *, check: str) -> dict[str, str]:
        """As in `a=staff,b=moderator`: names of others' to some of the values."""
        found: dict[str, str] = {}
        for word in self.words(name):
            key, equals, value = (part.strip() for part in word.rpartition("="))
            if not equals or not key or value not in values:
                self.note(
                    check,
                    f"{name} has {word!r}, which is not NAME=ROLE.",
                    f"Set {name} to, say, chat-admins=administrator; roles: {', '.join(values)}.",
                )
                continue
            found[key] = value
        return found

    def passkey_domain(self, name: str, public_url: SplitResult | None) -> str:
        """Empty, or a domain that PUBLIC_URL is in: browsers refuse any other."""
        value = self.text(name).lower()
        host = (public_url.hostname or "") if public_url else ""
        if not value or host == value or host.endswith(f".{value}"):
            return value
        self.note(
            "E061",
            f"{name}={value!r} is not a domain of PUBLIC_URL.",
            f"Set {name} to the host of PUBLIC_URL or a domain above it, or unset it.",
        )
        return ""

    def networks(self, name: str) -> list[str]:
        """IP addresses and networks in CIDR form, separated by commas."""
        networks = []
        for item in self.words(name):
            try:
                networks.append(str(ipaddress.ip_network(item)))
            except ValueError:
                self.note(
                    "E010",
                    f"{name} has {item!r}, which is neither an IP address nor a network.",
                    f"Set {name} to addresses separated by commas, such as 127.0.0.1,10.0.0.0/8.",
                )
        return networks

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

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
        url = _split(value)
        if value and not (
            url is not None
            and _has_scheme(value, "http", "https")
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
        url = _split(value)
        if value and not (
            url is not None
            and _has_scheme(value, "opensearch", "opensearchs")
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

    def email(self, name: str, default_folder: Path) -> dict[str, Any]:
        """Django's EMAIL_ settings of a mail server or a folder; the folder if unset."""
        try:
            return email_settings(self.text(name), default_folder)
        except ValueError as error:
            self.note(
                "E042",
                f"{name} {error}.",
                f"Set {name} to smtp://USER:PASSWORD@HOST:PORT?tls=1, smtps://USER:PASSWORD@HOST, "
                "file:///A/FOLDER or console:, or unset it to write mails into DATA_DIR/mail.",
            )
            return email_settings("", default_folder)

    def sender(self, name: str, host: str) -> str:
        """The address in From, with a name before it or without."""
        try:
            return sender_address(self.text(name), host)
        except ValueError as error:
            hint = f"Set {name} to, say, Chat <chat@example.org>."
            self.note("E043", f"{name}={self.text(name)!r} {error}.", hint)
            return sender_address("", host)

    def size(self, name: str, default: int, *, check: str) -> int:
        """Bytes: a whole number, or one with K, M, G or T behind it; 0 is allowed."""
        value = self.text(name).upper().removesuffix("B")
        number, unit = value.rstrip("KMGT"), value.lstrip("0123456789")
        if not value:
            return default
        if not (number.isascii() and number.isdigit() and len(number) < 16 and len(unit) <= 1):
            self.note(check, f"{name}={value!r} is not a size.", f"Set {name} to, say, 100M.")
            return default
        return int(number) << 10 * " KMGT".index(unit or " ")

    def storage(self, name: str, default: Path) -> dict[str, Any]:
        """The `default` entry of Django's STORAGES: a folder, or a bucket of an S3 service."""
        value = self.text(name)
        url = _split(value)
        if value and url is not None and url.scheme == "s3" and url.netloc:
            return self._s3(name, url)
        if value and url is not None and url.scheme == "file" and url.path.startswith("/"):
            default = Path(url.path)
        elif value:
            self.note(
                "E009",
                f"{name} names no store that is known here.",
                f"Set {name} to file:///A/FOLDER or s3://BUCKET/PREFIX?endpoint=https://…, or "
                "unset it to keep files in DATA_DIR.",
            )
        return {
            "BACKEND": "chatproject.core.storage.folder.FolderStorage",
            "OPTIONS": {"location": str(default), "base_url": None},
        }

    def _s3(self, name: str, url: SplitResult) -> dict[str, Any]:
        """`s3://KEY:SECRET@BUCKET/PREFIX?endpoint=…&public=…&region=…&addressing=…`.

        All but BUCKET may be left out. `public` is the service's address in people's browsers,
        where that is another one than ours.

        Without a key in it the usual AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY count. A service
        of one's own is addressed by path, since its name seldom has a subdomain for each bucket.
        """
        query = dict(parse_qsl(url.query))
        unknown = query.keys() - {"endpoint", "public", "region", "addressing"}
        endpoint, public = query.get("endpoint"), query.get("public")
        if unknown or not all(_has_scheme(it, "http", "https") for it in (endpoint, public) if it):
            self.note(
                "E009",
                f"{name} has {', '.join(sorted(unknown)) or 'an endpoint'} that is not known here.",
                f"Set {name} to s3://BUCKET/PREFIX?endpoint=https://…&region=…",
            )
        options: dict[str, Any] = {
            "bucket_name": url.netloc.rpartition("@")[2],
            "location": url.path.strip("/"),
            "endpoint_url": endpoint,
            "region_name": query.get("region"),
            "addressing_style": query.get("addressing", "path" if endpoint else "auto"),
        }
        if public:
            options["public_endpoint_url"] = public
        if url.username:
            options["access_key"] = unquote(url.username)
            options["secret_key"] = unquote(url.password or "")
        return {"BACKEND": "chatproject.core.storage.bucket.BucketStorage", "OPTIONS": options}


def with_file(environment: Environment, path: Path | None) -> Environment:
    """The environment with the lines NAME=value of the file beneath it; `#` begins a comment line.

    A new one: problems with the file are in its `problems`, behind those that were noted before.
    """
    if path is None:
        return environment
    beneath: dict[str, str] = {}
    wrong: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        lines, wrong = [], [f"SETTINGS_FILE={path} cannot be read: {error}."]
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        name = name.strip()
        if not line.strip() or name.startswith("#"):
            continue
        if not equals or not (name.isascii() and name.isidentifier() and name.isupper()):
            wrong.append(f"SETTINGS_FILE={path} has a line {number} that is not NAME=value.")
            continue
        beneath[name] = value.strip()
    merged = Environment({**beneath, **environment.variables})
    merged.problems = list(environment.problems)
    for message in wrong:
        merged.note("E040", message, "Correct the file, or unset SETTINGS_FILE.")
    return merged


def read_live_settings(environment: Environment) -> LiveSettings:
    number = environment.number
    return {
        "SOCKETS_PER_PERSON": number("SOCKETS_PER_PERSON", 100, check="E026"),
        "SOCKETS_PER_ADDRESS": number("SOCKETS_PER_ADDRESS", 10_000, check="E026"),
        "FRAMES_PER_SECOND": number("FRAMES_PER_SECOND", 500, check="E026"),
        "NEW_ACCOUNT_HOURS": number("NEW_ACCOUNT_HOURS", 0, check="E023"),
        "NEW_ACCOUNT_LINKS": number("NEW_ACCOUNT_LINKS", 5, check="E023"),
        "NEW_ACCOUNT_INVITES": number("NEW_ACCOUNT_INVITES", 20, check="E023"),
        "ATTACHMENT_QUOTA_BYTES": environment.size("FILE_QUOTA", 10 * 1024**3, check="E021"),
    }


def storage_origins(storage: Mapping[str, Any]) -> list[str]:
    """Where a browser is sent to for files, for the Content-Security-Policy; none for a folder."""
    options = storage["OPTIONS"]
    if "bucket_name" not in options:
        return []
    given = options.get("public_endpoint_url") or options["endpoint_url"]
    url = urlsplit(given or "https://s3.amazonaws.com")
    bucket, region = options["bucket_name"], options["region_name"]
    hosts = [url.netloc, f"{bucket}.{url.netloc}"]
    if region and not given:
        hosts += [f"s3.{region}.amazonaws.com", f"{bucket}.s3.{region}.amazonaws.com"]
    return [f"{url.scheme}://{host}" for host in hosts]


def is_registration(value: str) -> bool:
    """Whether it says who may open an account."""
    kind, colon, domain = value.partition(":")
    if kind == "domain":
        return "." in domain and len(domain) <= 253 and _is_host_name(domain)
    return not colon and kind in ("open", "invite", "closed")


def is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 65535


def is_decimal(value: str) -> bool:
    """Whether it is a plain number of up to 12 digits, with or without a point."""
    digits = value.replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 12


def local_url(host: str, port: int) -> str:
    """Where a server that listens on the address is found from the same machine."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (only compared)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def kept_secret(path: Path) -> str:
    """The secret in the file; without one, a random secret that lasts as long as this process."""
    try:
        return path.read_text().strip() or secrets.token_urlsafe(50)
    except OSError:
        return secrets.token_urlsafe(50)


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


def _split(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 (raises for a bad port)
    except ValueError:
        return None
    return url


def _is_redis(value: str) -> bool:
    """The number of a database is not left to redis-py, which passes over a wrong one."""
    url = _split(value)
    if url is None or not _has_scheme(value, "redis", "rediss", "unix"):
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
    return url.scheme in BROKERS and fits and all(map(_is_host_and_port, hosts))


def _is_host_and_port(value: str) -> bool:
    host, colon, port = value.rpartition(":")
    host = host.strip("[]") if colon else value
    return (_is_address(host) or _is_host_name(host)) and (not colon or is_port(port))


def _has_scheme(value: str, *schemes: str) -> bool:
    url = _split(value)
    return "://" in value and url is not None and url.scheme in schemes


def _is_origin(url: SplitResult) -> bool:
    host = url.hostname or ""
    bare = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    return bare and (_is_address(host) or _is_host_name(host))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_host_name(value: str) -> bool:
    labels = value.rstrip(".").split(".")
    return all(
        label.isascii() and label.replace("-", "").replace("_", "").isalnum() for label in labels
    )
