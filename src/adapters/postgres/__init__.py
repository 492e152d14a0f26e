"""PostgreSQL: the one truth."""
