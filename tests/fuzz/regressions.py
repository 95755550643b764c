"""Inputs that a fuzzer has found, by target, each with what went wrong once."""

REGRESSIONS: dict[str, tuple[bytes, ...]] = {}
