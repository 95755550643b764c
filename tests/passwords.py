"""Passwords whose hashes cost next to nothing, since the tests make thousands of people."""

from accounts.auth.passwords import BoundedArgon2Hasher


class CheapHasher(BoundedArgon2Hasher):
    time_cost = 1
    memory_cost = 8  # KiB; the product's takes 100 MiB and a fifth of a second
    parallelism = 1
