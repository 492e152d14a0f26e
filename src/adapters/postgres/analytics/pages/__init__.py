"""The pages of the app over PostgreSQL: each is one snapshot of the database, and a handful of prepared statements."""
