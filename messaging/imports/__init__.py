"""Imports conversations from other systems."""
