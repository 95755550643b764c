"""The settings of the tests' servers: the product's, with cheap passwords.

The product's own cost a fifth of a second of a core for each person that a test makes, and again
when they log in.
"""

from chatproject.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.passwords.CheapHasher"]
