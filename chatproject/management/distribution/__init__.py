"""Distributing the database over several PostgreSQL nodes by Citus, and proving that it is."""
