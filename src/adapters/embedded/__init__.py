"""The PostgreSQL and Valkey that Analisa brings along, run as children of whoever needs them."""
