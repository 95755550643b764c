"""Bringing in conversations that were held elsewhere."""
