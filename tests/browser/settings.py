"""The settings of the servers that browsers are at: the product's, with cheap passwords."""

from chatproject.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.passwords.CheapHasher"]
