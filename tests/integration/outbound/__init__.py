"""Calling addresses that people give."""
