"""`LOGGING`: which lines are logged, and where they go. chatproject/core/logs.py formats them."""

from typing import Any


def logging_settings(style: str) -> dict[str, Any]:
    """Django's LOGGING, in the style `plain` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "chatproject.core.logs.formatter", "style": style}},
        "filters": {"redacting": {"()": "chatproject.core.logs.RedactingFilter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                "filters": ["redacting"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            # A dead pool would say so for each connection; the request's own error is enough.
            "psycopg.pool": {"level": "ERROR"},
            # Each start and end of a job; what went wrong is a warning or an error.
            "procrastinate": {"level": "WARNING"},
            # Refused requests are the client's matter.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "uvicorn": {"level": "WARNING"},
            # The relay says once that its broker is away.
            "aiormq": {"level": "CRITICAL"},
            "aio_pika": {"level": "CRITICAL"},
            "nats": {"level": "CRITICAL"},
            # Each request that a command makes, with its address.
            "httpx": {"level": "WARNING"},
        },
    }
