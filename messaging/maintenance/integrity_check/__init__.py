"""Proves the counters against the rows: one module for each kind of counter."""
