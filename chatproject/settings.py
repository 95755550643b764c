"""All settings, in one place. Each comes from the environment, by way of a typed reader.

What is long and set by no variable is in `chatproject/configuration/`, by its subject: the REST
framework, logging, the Content-Security-Policy ….

Importing this module changes nothing: no file is written and no database is started. What is wrong
with a setting is in `ENVIRONMENT.problems`, and the system checks say it at every start.
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
# In a wheel they lie here, beside what else belongs to this package alone.
_packaged_templates = BASE_DIR / "chatproject" / "templates"
IS_INSTALLED = _packaged_templates.is_dir()
ENVIRONMENT = Environment(os.environ)
# Lines NAME=value beneath the environment. A running server reads it anew, and takes over those of
# `read_live_settings`: see chatproject/server/live_settings.py.
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

# Locally a key is made once and kept, see chatproject/server/data_dir.py; production sets its own.
SECRET_KEY_FILE = DATA_DIR / "secret_key"
SECRET_KEY_IS_SET = bool(ENVIRONMENT.text("SECRET_KEY"))
SECRET_KEY = ENVIRONMENT.text("SECRET_KEY") or kept_secret(SECRET_KEY_FILE)

# Former keys: what they signed or encrypted stays valid.
SECRET_KEY_FALLBACKS = ENVIRONMENT.words("SECRET_KEY_FALLBACKS")

# Throttles and lockouts; off for benchmarks and tests, refused in production.
RATE_LIMITS = ENVIRONMENT.flag("RATE_LIMITS", default=True, check="E004")

# Of one process, lifted with the other limits: sockets of a person and of an address, and frames
# that a socket may send, on average. 0 is no limit.
SOCKETS_PER_PERSON = _live["SOCKETS_PER_PERSON"]
SOCKETS_PER_ADDRESS = _live["SOCKETS_PER_ADDRESS"]
FRAMES_PER_SECOND = _live["FRAMES_PER_SECOND"]

# Of one API token, of one process, on average; 0 is no limit.
TOKEN_REQUESTS_PER_SECOND = ENVIRONMENT.number("TOKEN_REQUESTS_PER_SECOND", 20, check="E050")
# Of one webhook, likewise.
WEBHOOK_MESSAGES_PER_SECOND = ENVIRONMENT.number("WEBHOOK_MESSAGES_PER_SECOND", 5, check="E050")
# Hosts of one's own network that webhooks and push subscriptions may name, as `host` or
# `host:port`; all others must be public.
OUTBOUND_HOSTS = [host.lower() for host in ENVIRONMENT.words("OUTBOUND_HOSTS")]
# Whether links in messages get previews, for which the server asks the pages that they lead to; and
# hosts of one's own network that it may ask then, as `host` or `host:port`.
LINK_PREVIEWS = ENVIRONMENT.flag("LINK_PREVIEWS", default=True, check="E081")
LINK_PREVIEW_HOSTS = [host.lower() for host in ENVIRONMENT.words("LINK_PREVIEW_HOSTS")]
# Who makes bots: `admins` of any conversation, or `staff` alone.
BOT_MAKERS = ENVIRONMENT.choice("BOT_MAKERS", "admins", ("admins", "staff"), check="E080")

# Whether what is asked most is answered before Django, see chatproject/server/hot_path.py.
HOT_PATH = ENVIRONMENT.flag("HOT_PATH", default=True, check="E083")
# Whether reads on a distributed database ask the tables of a worker's shards, and not Citus.
SHARD_READS = ENVIRONMENT.flag("SHARD_READS", default=True, check="E098")
# Whether each answer says how long it took, and by which path; for operators who look into that.
SERVER_TIMING = ENVIRONMENT.flag("SERVER_TIMING", default=False, check="E084")

# Whether the server's processes run background tasks themselves; else `manage.py worker` has to.
TASKS = ENVIRONMENT.flag("TASKS", default=True, check="E018")

# For how long an account counts as new, and what it may do in that time at most: messages with a
# link, people added to conversations. 0 hours: no account is new.
NEW_ACCOUNT_HOURS = _live["NEW_ACCOUNT_HOURS"]
NEW_ACCOUNT_LINKS = _live["NEW_ACCOUNT_LINKS"]
NEW_ACCOUNT_INVITES = _live["NEW_ACCOUNT_INVITES"]

# Who may read /metrics: who has the token, or comes from one of the addresses. Neither: nobody.
METRICS_TOKEN = ENVIRONMENT.secret("METRICS_TOKEN", check="E051")
METRICS_ADDRESSES = ENVIRONMENT.networks("METRICS_ADDRESSES")

# What one person may do in an hour; 0 lifts the limit.
CONVERSATIONS_PER_HOUR = ENVIRONMENT.number("CONVERSATIONS_PER_HOUR", 300, check="E028")
PEOPLE_ADDED_PER_HOUR = ENVIRONMENT.number("PEOPLE_ADDED_PER_HOUR", 5000, check="E028")

# The bytes of messages in one answer, above which the rest comes with the next one; and of the
# cached last pages, older messages and inbox entries of a process. 0: one message an answer, and
# none cached. With the people that messages name an answer stays below 1 MiB, which is the most
# that many WebSocket clients take.
ANSWER_BYTES = ENVIRONMENT.size("ANSWER_SIZE", 896 * 1024, check="E035")
PAGE_CACHE_BYTES = ENVIRONMENT.size("PAGE_CACHE_SIZE", 128 * 1024**2, check="E035")
LOG_CACHE_BYTES = ENVIRONMENT.size("LOG_CACHE_SIZE", 64 * 1024**2, check="E035")
INBOX_CACHE_BYTES = ENVIRONMENT.size("INBOX_CACHE_SIZE", 64 * 1024**2, check="E035")

# The same pages in Redis, for processes that have none in memory: the bytes of those that a process
# has written there (0: none), and for how long they stay.
REDIS_PAGE_CACHE_BYTES = ENVIRONMENT.size("REDIS_PAGE_CACHE_SIZE", 64 * 1024**2, check="E035")
REDIS_PAGE_CACHE_SECONDS = ENVIRONMENT.seconds(
    "REDIS_PAGE_CACHE_TTL", 3600.0, least=1, most=7 * 24 * 3600
)

# How long who serves people waits for an answer of PostgreSQL; below the 30 s of a request.
STATEMENT_SECONDS = ENVIRONMENT.seconds("STATEMENT_TIMEOUT", 15.0, least=0.5, most=25.0)

# After how many days messages lose their content, by kind of conversation; 0 or absent is never.
RETENTION_DAYS = ENVIRONMENT.days_by(
    "RETENTION_DAYS", ("direct", "group", "public", "broadcast"), check="E025"
)

# After how many days messages are moved into files of the file storage; 0 is never.
ARCHIVE_AFTER_DAYS = ENVIRONMENT.number("ARCHIVE_AFTER_DAYS", 0, check="E093")

# ---- services ------------------------------------------------------------------------------------

# The message broker that is told what happens in all conversations; nothing tells none. Its events
# hold ids, times and counts, and what people wrote only if that is switched on.
EVENTS_URL = ENVIRONMENT.events_url("EVENTS_URL")
EVENTS_CONTENT = ENVIRONMENT.flag("EVENTS_CONTENT", default=False, check="E091")
EVENTS_RELAYS = ENVIRONMENT.count("EVENTS_RELAYS", 1, most=64, check="E097")

# How a person's inbox is read: by `counters`, from the rows of all their conversations, or by
# `entries` that are written after messages (messaging/inbox/); up to how many members messages
# write entries, and how many processes do it side by side. See docs/scaling.md.
INBOX = ENVIRONMENT.choice("INBOX", "counters", ("counters", "entries"), check="E095")
INBOX_MEMBERS = ENVIRONMENT.number("INBOX_MEMBERS", 256, check="E096")
INBOX_FOLLOWERS = ENVIRONMENT.count("INBOX_FOLLOWERS", 1, most=64, check="E099")

EMBEDDED_POSTGRES = Cluster(DATA_DIR / "postgres", decodes=bool(EVENTS_URL) or INBOX == "entries")
_database = ENVIRONMENT.database("DATABASE_URL")
USES_EMBEDDED_POSTGRES = _database is None
DATABASES = {"default": database_settings(_database or EMBEDDED_POSTGRES.django_database())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One, or several, among which topics and people are spread (chatproject/realtime/redis_servers.py).
REDIS_URL = ENVIRONMENT.redis_url("REDIS_URL")
CHANNEL_LAYERS = {"default": channel_layer(servers_of(REDIS_URL))}

# How often people are told who has come and gone, and how long a killed process' people stay.
PRESENCE_ROUND = ENVIRONMENT.seconds("PRESENCE_ROUND", 5.0, least=0.05, most=60.0)
PRESENCE_TTL = ENVIRONMENT.seconds("PRESENCE_TTL", 60.0, least=0.5, most=3600.0)

# Where messages are found: nothing is PostgreSQL itself. A search is given up after some seconds.
SEARCH_URL = ENVIRONMENT.search_url("SEARCH_URL")
SEARCH_SECONDS = ENVIRONMENT.seconds("SEARCH_SECONDS", 2.0, least=0.05, most=60.0)

# Mail: without a server each is written to a folder as an `.eml` file.
MAIL_FOLDER = DATA_DIR / "mail"
_email = ENVIRONMENT.email("EMAIL_URL", MAIL_FOLDER)
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
# A server that hangs holds one of the two places of the task worker for this long.
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

# A store of its own address hands out files itself, after we have sent the browser there.
FILE_ORIGINS = storage_origins(STORAGES["default"])
# Uploads on their way to the store, on the same disk as the folder is by default. Never in memory,
# and each of them once: what is sent waits in a file there until it is whole.
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "uploads")
# Larger ones, and larger bodies of any kind, wait on the disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS = ["attachments.api.multipart.UploadHandler"]
# Who may add emoji of the server's own.
EMOJI_FROM = ENVIRONMENT.choice(
    "EMOJI_FROM", "everyone", ("everyone", "moderators", "nobody"), check="E047"
)
ATTACHMENT_MAX_BYTES = ENVIRONMENT.size("MAX_FILE_SIZE", 100 * 1024**2, check="E020")
# Of all files of a person that have not been deleted; 0 lifts the limit.
ATTACHMENT_QUOTA_BYTES = _live["ATTACHMENT_QUOTA_BYTES"]

# ---- the application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    # First, so that `runserver` serves ASGI. For it alone, since Twisted takes a fifth of the time
    # in which any other command starts.
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
# How long one stays signed in without coming back; each visit begins it anew.
SESSION_COOKIE_AGE = 30 * 24 * 3600
# How long the link in a mail works that sets a new password, and those that confirm an address.
PASSWORD_RESET_TIMEOUT = int(
    ENVIRONMENT.seconds("PASSWORD_RESET_SECONDS", 3600, least=60, most=7 * 24 * 3600)
)
EMAIL_LINK_SECONDS = 3 * 24 * 3600
# Who may open an account: `open`, `invite`, `domain:example.org` or `closed`. A row that the admin
# writes has precedence. And who may invite people to the installation: `staff` or `everyone`.
REGISTRATION = ENVIRONMENT.registration("REGISTRATION")
SITE_INVITES = ENVIRONMENT.choice("SITE_INVITES", "staff", ("staff", "everyone"), check="E046")
INVITES_PER_HOUR = ENVIRONMENT.number("INVITES_PER_HOUR", 50, check="E028")
# Whether an address has to be confirmed by a link before its person may sign in, and so write.
EMAIL_VERIFICATION = ENVIRONMENT.choice(
    "EMAIL_VERIFICATION", "off", ("off", "required"), check="E044"
)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=SESSION_COOKIE_AGE),
}

PASSWORD_HASHERS = passwords.HASHERS
AUTH_PASSWORD_VALIDATORS = passwords.VALIDATORS

# Who has to set up a second factor before they may do anything else.
MFA_REQUIRED_FOR = ENVIRONMENT.choice(
    "MFA_REQUIRED_FOR", "none", ("none", "staff", "everyone"), check="E060"
)

# Single sign-on by OpenID Connect; on where an issuer is named.
OIDC_ISSUER = ENVIRONMENT.issuer("OIDC_ISSUER", production=PRODUCTION)
OIDC_CLIENT_ID = ENVIRONMENT.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = ENVIRONMENT.text("OIDC_CLIENT_SECRET")
OIDC_NAME = ENVIRONMENT.text("OIDC_NAME", "single sign-on")
OIDC_GROUPS_CLAIM = ENVIRONMENT.text("OIDC_GROUPS_CLAIM", "groups")
OIDC_ROLES = ENVIRONMENT.mapping(
    "OIDC_ROLES", ("staff", "moderator", "operator", "administrator"), check="E063"
)
# Whether somebody who comes that way gets an account: as REGISTRATION says, always, or never.
OIDC_NEW_ACCOUNTS = ENVIRONMENT.choice(
    "OIDC_NEW_ACCOUNTS", "registration", ("registration", "on", "off"), check="E064"
)
# Whose second factor counts for who comes that way: the provider's, or the person's own.
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
if PRODUCTION:  # browsers take a cookie with this prefix from this very host over TLS alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
# W003 looks for the name of Django's CSRF middleware; chat.E017 looks for it or a subclass. E001
# misses the folder of uploads, which is made at the start.
SILENCED_SYSTEM_CHECKS = ["security.W003", "files.E001"]

# ---- logs ----------------------------------------------------------------------------------------

LOG_FORMAT = ENVIRONMENT.choice(
    "LOG_FORMAT",
    "json" if PRODUCTION and not sys.stderr.isatty() else "plain",
    ("plain", "json"),
    check="E053",
)
# A Sentry to which errors are reported. Traces go where OpenTelemetry's own variables say, see
# chatproject/core/traces.py.
SENTRY_DSN = ENVIRONMENT.sentry_dsn("SENTRY_DSN")

LOGGING = logging_settings(LOG_FORMAT)
