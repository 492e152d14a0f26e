"""The analytics context in PostgreSQL."""
