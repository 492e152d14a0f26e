"""Compliance in PostgreSQL."""
