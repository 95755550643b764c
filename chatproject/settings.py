"""All settings, in one place. Each comes from the environment through a typed reader.

Long settings that no variable sets are in `chatproject/configuration/`: the REST framework,
logging, the Content-Security-Policy ….

Importing this module has no side effects: it writes no file and starts no database. Wrong settings
are collected in `ENVIRONMENT.problems`, and the system checks report them at every start.
"""

import os
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from platformdirs import user_data_dir

from chatproject import __version__
from chatproject.configuration import passwords, rest_api
from chatproject.configuration.channel_layers import channel_layer
from chatproject.configuration.content_security_policy import content_security_policy
from chatproject.configuration.database import database_settings
from chatproject.configuration.logging import logging_settings
from chatproject.configuration.templates import template_settings
from chatproject.environment import Environment
from chatproject.environment.addresses import local_url
from chatproject.environment.branding import ACCENTS
from chatproject.environment.file_storage import storage_origins
from chatproject.environment.live_settings import read_live_settings
from chatproject.environment.secret_keys import kept_secret
from chatproject.environment.settings_file import with_file
from chatproject.realtime.redis_servers import servers_of
from chatproject.server.embedded_postgres.cluster import Cluster

BASE_DIR = Path(__file__).resolve().parent.parent
# Where a wheel has the templates; a checkout has them in its root folder.
_packaged_templates = BASE_DIR / "chatproject" / "templates"
IS_INSTALLED = _packaged_templates.is_dir()
ENVIRONMENT = Environment(os.environ)
# A file of NAME=value lines, which the environment overrides. A running server can reload the
# settings of `read_live_settings` from it: see chatproject/server/live_settings.py.
SETTINGS_FILE = ENVIRONMENT.path("SETTINGS_FILE", base=BASE_DIR)
ENVIRONMENT = with_file(ENVIRONMENT, SETTINGS_FILE)
_live = read_live_settings(ENVIRONMENT)
VERSION = __version__

# ---- where it runs -------------------------------------------------------------------------------

HOST = ENVIRONMENT.host("HOST", "127.0.0.1")
PORT = ENVIRONMENT.port("PORT", 8000)
DATA_DIR = ENVIRONMENT.folder(
    "DATA_DIR",
    user_data_dir("chat") if IS_INSTALLED else ".data",
    base=Path.cwd() if IS_INSTALLED else BASE_DIR,
)
DEBUG = ENVIRONMENT.flag("DEBUG", default=False, check="E012")

# Unset means local use. An https address means production: the strict settings below follow from
# it, and checks refuse what is only fit for a laptop.
_public_url = ENVIRONMENT.public_url("PUBLIC_URL")
PRODUCTION = _public_url is not None and _public_url.scheme == "https"
PUBLIC_URL_IS_SET = _public_url is not None
PUBLIC_URL = _public_url.geturl() if _public_url else local_url(HOST, PORT)

# Proxies in front of us, whose X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXIES = ENVIRONMENT.networks("TRUSTED_PROXIES")

ALLOWED_HOSTS = ENVIRONMENT.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS and _public_url:
    ALLOWED_HOSTS = [_public_url.netloc.removesuffix(f":{_public_url.port}")]
elif not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", HOST, socket.gethostname()]

# ---- secrets and limits --------------------------------------------------------------------------

# Locally a key is generated once and kept (chatproject/server/data_dir.py); production sets one.
SECRET_KEY_FILE = DATA_DIR / "secret_key"
SECRET_KEY_IS_SET = bool(ENVIRONMENT.text("SECRET_KEY"))
SECRET_KEY = ENVIRONMENT.text("SECRET_KEY") or kept_secret(SECRET_KEY_FILE)

# Former keys; what they signed or encrypted stays valid.
SECRET_KEY_FALLBACKS = ENVIRONMENT.words("SECRET_KEY_FALLBACKS")

# Throttles and lockouts; off for benchmarks and tests, refused in production.
RATE_LIMITS = ENVIRONMENT.flag("RATE_LIMITS", default=True, check="E004")

# Per process: the sockets of a person and of an address, and the frames that a socket may send on
# average. 0 means no limit; RATE_LIMITS=off lifts these too.
SOCKETS_PER_PERSON = _live["SOCKETS_PER_PERSON"]
SOCKETS_PER_ADDRESS = _live["SOCKETS_PER_ADDRESS"]
FRAMES_PER_SECOND = _live["FRAMES_PER_SECOND"]

# Per API token and process, on average; 0 means no limit.
TOKEN_REQUESTS_PER_SECOND = ENVIRONMENT.number("TOKEN_REQUESTS_PER_SECOND", 20, check="E050")
# Per webhook and process, on average; 0 means no limit.
WEBHOOK_MESSAGES_PER_SECOND = ENVIRONMENT.number("WEBHOOK_MESSAGES_PER_SECOND", 5, check="E050")
# Hosts in private networks that webhooks and push subscriptions may name, as `host` or `host:port`;
# all others must have public addresses.
OUTBOUND_HOSTS = [host.lower() for host in ENVIRONMENT.words("OUTBOUND_HOSTS")]
# Whether links in messages get previews, for which the server fetches the pages; and hosts in
# private networks from which it may fetch them, as `host` or `host:port`.
LINK_PREVIEWS = ENVIRONMENT.flag("LINK_PREVIEWS", default=True, check="E081")
LINK_PREVIEW_HOSTS = [host.lower() for host in ENVIRONMENT.words("LINK_PREVIEW_HOSTS")]
# Who may create bots: `admins` of any conversation, or only `staff`.
BOT_MAKERS = ENVIRONMENT.choice("BOT_MAKERS", "admins", ("admins", "staff"), check="E080")

# Whether the most frequent requests are answered before Django: see chatproject/server/hot_path.py.
HOT_PATH = ENVIRONMENT.flag("HOT_PATH", default=True, check="E083")
# Whether reads on a distributed database query the shard tables of a worker instead of Citus.
SHARD_READS = ENVIRONMENT.flag("SHARD_READS", default=True, check="E098")
# Whether each answer says how long it took, and by which path; for performance analysis.
SERVER_TIMING = ENVIRONMENT.flag("SERVER_TIMING", default=False, check="E084")

# Whether server processes run background tasks; otherwise run `manage.py worker`.
TASKS = ENVIRONMENT.flag("TASKS", default=True, check="E018")

# How long an account counts as new (0 hours: none does), and how many messages with a link it may
# send and people it may add to conversations in that time.
NEW_ACCOUNT_HOURS = _live["NEW_ACCOUNT_HOURS"]
NEW_ACCOUNT_LINKS = _live["NEW_ACCOUNT_LINKS"]
NEW_ACCOUNT_INVITES = _live["NEW_ACCOUNT_INVITES"]

# Who may read /metrics: clients with the token, or from one of the addresses. Unset: nobody.
METRICS_TOKEN = ENVIRONMENT.secret("METRICS_TOKEN", check="E051")
METRICS_ADDRESSES = ENVIRONMENT.networks("METRICS_ADDRESSES")

# What one person may do in an hour; 0 lifts the limit.
CONVERSATIONS_PER_HOUR = ENVIRONMENT.number("CONVERSATIONS_PER_HOUR", 300, check="E028")
PEOPLE_ADDED_PER_HOUR = ENVIRONMENT.number("PEOPLE_ADDED_PER_HOUR", 5000, check="E028")

# The bytes of messages in one answer, beyond which the rest comes with the next one, and of what a
# process caches: latest pages, older messages, inbox entries. 0 means one message per answer, and
# no cache. Together with the people whom messages name, an answer stays below 1 MiB, the limit of
# many WebSocket clients.
ANSWER_BYTES = ENVIRONMENT.size("ANSWER_SIZE", 896 * 1024, check="E035")
PAGE_CACHE_BYTES = ENVIRONMENT.size("PAGE_CACHE_SIZE", 128 * 1024**2, check="E035")
LOG_CACHE_BYTES = ENVIRONMENT.size("LOG_CACHE_SIZE", 64 * 1024**2, check="E035")
INBOX_CACHE_BYTES = ENVIRONMENT.size("INBOX_CACHE_SIZE", 64 * 1024**2, check="E035")

# Latest pages in Redis, for processes that have none in memory: the bytes that each process may
# store there (0: none), and how long they stay.
REDIS_PAGE_CACHE_BYTES = ENVIRONMENT.size("REDIS_PAGE_CACHE_SIZE", 64 * 1024**2, check="E035")
REDIS_PAGE_CACHE_SECONDS = ENVIRONMENT.seconds(
    "REDIS_PAGE_CACHE_TTL", 3600.0, least=1, most=7 * 24 * 3600
)

# How long requests and sockets wait for PostgreSQL; less than the 30 s of a request.
STATEMENT_SECONDS = ENVIRONMENT.seconds("STATEMENT_TIMEOUT", 15.0, least=0.5, most=25.0)

# After how many days messages lose their content, by kind of conversation; 0 or absent: never.
RETENTION_DAYS = ENVIRONMENT.days_by(
    "RETENTION_DAYS", ("direct", "group", "public", "broadcast"), check="E025"
)

# After how many days messages are archived in files of the file storage; 0: never.
ARCHIVE_AFTER_DAYS = ENVIRONMENT.number("ARCHIVE_AFTER_DAYS", 0, check="E093")

# ---- services ------------------------------------------------------------------------------------

# The message broker to which changes of all conversations are published; unset: none. Its events
# contain ids, times and counts, and texts only with EVENTS_CONTENT.
EVENTS_URL = ENVIRONMENT.events_url("EVENTS_URL")
EVENTS_CONTENT = ENVIRONMENT.flag("EVENTS_CONTENT", default=False, check="E091")
EVENTS_RELAYS = ENVIRONMENT.count("EVENTS_RELAYS", 1, most=64, check="E097")

# How a person's inbox is read: by `counters`, from the rows of all their conversations, or by
# `entries`, which are written after each message (messaging/inbox/) in conversations of up to
# INBOX_MEMBERS, by INBOX_FOLLOWERS processes in parallel. See docs/scaling.md.
INBOX = ENVIRONMENT.choice("INBOX", "counters", ("counters", "entries"), check="E095")
INBOX_MEMBERS = ENVIRONMENT.number("INBOX_MEMBERS", 256, check="E096")
INBOX_FOLLOWERS = ENVIRONMENT.count("INBOX_FOLLOWERS", 1, most=64, check="E099")

EMBEDDED_POSTGRES = Cluster(DATA_DIR / "postgres", decodes=bool(EVENTS_URL) or INBOX == "entries")
_database = ENVIRONMENT.database("DATABASE_URL")
USES_EMBEDDED_POSTGRES = _database is None
DATABASES = {"default": database_settings(_database or EMBEDDED_POSTGRES.django_database())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One or more; several share topics and people (chatproject/realtime/redis_servers.py).
REDIS_URL = ENVIRONMENT.redis_url("REDIS_URL")
CHANNEL_LAYERS = {"default": channel_layer(servers_of(REDIS_URL))}

# How often sockets are told of presence changes, and how long the people of a killed process stay
# online.
PRESENCE_ROUND = ENVIRONMENT.seconds("PRESENCE_ROUND", 5.0, least=0.05, most=60.0)
PRESENCE_TTL = ENVIRONMENT.seconds("PRESENCE_TTL", 60.0, least=0.5, most=3600.0)

# The search server; unset: PostgreSQL. A search is given up after SEARCH_SECONDS.
SEARCH_URL = ENVIRONMENT.search_url("SEARCH_URL")
SEARCH_SECONDS = ENVIRONMENT.seconds("SEARCH_SECONDS", 2.0, least=0.05, most=60.0)

# Without a mail server each mail is written to a folder as an `.eml` file.
MAIL_FOLDER = DATA_DIR / "mail"
_email = ENVIRONMENT.email("EMAIL_URL", MAIL_FOLDER)
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
# A mail server that hangs occupies one of the two slots of the task worker for this long.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.sender("EMAIL_FROM", (_public_url and _public_url.hostname) or "")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES: dict[str, dict[str, Any]] = {
    "default": ENVIRONMENT.storage("STORAGE_URL", DATA_DIR / "files"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatproject.core.web.es_modules.ModuleStorage"
    },
}

# A storage with its own URL serves files itself; we redirect the browser to it.
FILE_ORIGINS = storage_origins(STORAGES["default"])
# Uploads wait here, never in memory, until they are complete. By default it is on the same disk as
# the file storage, so that each upload is written once.
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "uploads")
# Larger uploads, and larger bodies of any kind, wait on disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS = ["attachments.api.multipart.UploadHandler"]
# Who may add custom emoji.
EMOJI_FROM = ENVIRONMENT.choice(
    "EMOJI_FROM", "everyone", ("everyone", "moderators", "nobody"), check="E047"
)
ATTACHMENT_MAX_BYTES = ENVIRONMENT.size("MAX_FILE_SIZE", 100 * 1024**2, check="E020")
# The total size of a person's files that are not deleted; 0 lifts the limit.
ATTACHMENT_QUOTA_BYTES = _live["ATTACHMENT_QUOTA_BYTES"]

# ---- the application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    # First, so that `runserver` serves ASGI. Only there: importing Twisted would take a fifth of
    # the start of every other command.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "accounts.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "channels",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chatproject",
    "chatproject.server",
    "accounts",
    "conversations",
    "attachments",
    "messaging",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatproject.core.web.content_security_policy.ContentSecurityPolicyMiddleware",
    "accounts.auth.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.auth.middleware.CsrfViewMiddleware",
    "accounts.auth.middleware.AuthenticationMiddleware",
    "accounts.web.preferences.PreferencesMiddleware",
    "accounts.auth.middleware.MessageMiddleware",
    "accounts.web.enrolment.EnrolmentMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chatproject.core.admin.middleware.BadLookupMiddleware",
]

ROOT_URLCONF = "chatproject.urls"
# The name, picture and accent colour of the installation; the picture is an SVG, PNG or WebP.
SITE_NAME = ENVIRONMENT.site_name("SITE_NAME", "Chat")
SITE_LOGO = ENVIRONMENT.picture("SITE_LOGO", base=BASE_DIR)
SITE_ACCENT = ENVIRONMENT.choice("SITE_ACCENT", "indigo", ACCENTS, check="E067")
ASGI_APPLICATION = "chatproject.asgi.application"
APPEND_SLASH = False

TEMPLATES = template_settings(_packaged_templates if IS_INSTALLED else BASE_DIR / "templates")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "chatproject" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["chatproject.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# ---- people --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "index"
# How long a browser stays signed in after its last visit.
SESSION_COOKIE_AGE = 30 * 24 * 3600
# How long the links in mails work: to reset a password, and to confirm an address.
PASSWORD_RESET_TIMEOUT = int(
    ENVIRONMENT.seconds("PASSWORD_RESET_SECONDS", 3600, least=60, most=7 * 24 * 3600)
)
EMAIL_LINK_SECONDS = 3 * 24 * 3600
# Who may open an account: `open`, `invite`, `domain:example.org` or `closed`; the site settings in
# the admin take precedence. And who may invite people to the installation: `staff` or `everyone`.
REGISTRATION = ENVIRONMENT.registration("REGISTRATION")
SITE_INVITES = ENVIRONMENT.choice("SITE_INVITES", "staff", ("staff", "everyone"), check="E046")
INVITES_PER_HOUR = ENVIRONMENT.number("INVITES_PER_HOUR", 50, check="E028")
# Whether an address has to be confirmed by a link before its person can sign in.
EMAIL_VERIFICATION = ENVIRONMENT.choice(
    "EMAIL_VERIFICATION", "off", ("off", "required"), check="E044"
)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=SESSION_COOKIE_AGE),
}

PASSWORD_HASHERS = passwords.HASHERS
AUTH_PASSWORD_VALIDATORS = passwords.VALIDATORS

# Who has to set up a second factor before anything else.
MFA_REQUIRED_FOR = ENVIRONMENT.choice(
    "MFA_REQUIRED_FOR", "none", ("none", "staff", "everyone"), check="E060"
)

# Single sign-on by OpenID Connect; on if an issuer is set.
OIDC_ISSUER = ENVIRONMENT.issuer("OIDC_ISSUER", production=PRODUCTION)
OIDC_CLIENT_ID = ENVIRONMENT.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = ENVIRONMENT.text("OIDC_CLIENT_SECRET")
OIDC_NAME = ENVIRONMENT.text("OIDC_NAME", "single sign-on")
OIDC_GROUPS_CLAIM = ENVIRONMENT.text("OIDC_GROUPS_CLAIM", "groups")
OIDC_ROLES = ENVIRONMENT.mapping(
    "OIDC_ROLES", ("staff", "moderator", "operator", "administrator"), check="E063"
)
# Whether new people get an account through it: as REGISTRATION says, always, or never.
OIDC_NEW_ACCOUNTS = ENVIRONMENT.choice(
    "OIDC_NEW_ACCOUNTS", "registration", ("registration", "on", "off"), check="E064"
)
# Whether the provider's second factor counts, or the person's own is asked for as well.
OIDC_MFA = ENVIRONMENT.choice("OIDC_MFA", "provider", ("provider", "own"), check="E065")

# The domain for which passkeys are made: the host of PUBLIC_URL or a domain above it.
PASSKEY_DOMAIN = ENVIRONMENT.passkey_domain("PASSKEY_DOMAIN", _public_url)

REST_FRAMEWORK = rest_api.REST_FRAMEWORK
SPECTACULAR_SETTINGS = rest_api.SPECTACULAR_SETTINGS

# ---- safety --------------------------------------------------------------------------------------

CSRF_FAILURE_VIEW = "chatproject.core.web.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _public_url else []
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = content_security_policy(FILE_ORIGINS)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:  # browsers accept this prefix only from the host itself, over TLS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
# W003 expects Django's own CSRF middleware; chat.E017 accepts a subclass. E001 expects the uploads
# folder, which is created when the server starts.
SILENCED_SYSTEM_CHECKS = ["security.W003", "files.E001"]

# ---- logs ----------------------------------------------------------------------------------------

LOG_FORMAT = ENVIRONMENT.choice(
    "LOG_FORMAT",
    "json" if PRODUCTION and not sys.stderr.isatty() else "plain",
    ("plain", "json"),
    check="E053",
)
# The Sentry to which errors are reported. Traces are set up by OpenTelemetry's own variables: see
# chatproject/core/traces.py.
SENTRY_DSN = ENVIRONMENT.sentry_dsn("SENTRY_DSN")

LOGGING = logging_settings(LOG_FORMAT)
