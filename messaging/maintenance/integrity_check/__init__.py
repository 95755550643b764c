"""Proof that the counters tell what the rows hold: a module for each kind of counter."""
