"""Calling addresses that people give us."""
