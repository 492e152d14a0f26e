"""Exporting in PostgreSQL: the register of exports."""
