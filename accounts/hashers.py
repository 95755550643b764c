"""How passwords are hashed: Argon2 as Django sets it, but only so many at once."""

import os
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# One hash takes 100 MiB and a core for a tenth of a second: more at once than there are cores
# would come no sooner, and a burst of log-ins would take the memory of the whole machine.
_FREE = BoundedSemaphore(max(2, os.cpu_count() or 1))


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """The same hashes under the same name, so that stored ones hold."""

    def encode(self, password: str, salt: str) -> str:
        with _FREE:
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _FREE:
            right: bool = super().verify(password, encoded)
        return right
