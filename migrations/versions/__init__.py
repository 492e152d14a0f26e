"""One story per migration, the context in its name."""
