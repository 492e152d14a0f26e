"""The collection context in PostgreSQL."""
