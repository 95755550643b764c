"""`PASSWORD_HASHERS` and `AUTH_PASSWORD_VALIDATORS`: how passwords are stored, and refused."""

from typing import Any

HASHERS = [
    "accounts.auth.passwords.BoundedArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
_MODULE = "django.contrib.auth.password_validation"
VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_MODULE}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": f"{_MODULE}.MinimumLengthValidator"},
    {"NAME": f"{_MODULE}.CommonPasswordValidator"},
    {"NAME": f"{_MODULE}.NumericPasswordValidator"},
]
