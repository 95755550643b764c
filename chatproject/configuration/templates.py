"""`TEMPLATES`: where templates are, and what each of them can use."""

from pathlib import Path
from typing import Any


def template_settings(folder: Path) -> list[dict[str, Any]]:
    """Those of the folder, then those of the apps."""
    return [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [folder],
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "accounts.web.preferences.preferences",
                ],
            },
        },
    ]
