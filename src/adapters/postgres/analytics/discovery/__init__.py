"""Discovery over PostgreSQL: keeping the rows that searches run over, and asking them."""
