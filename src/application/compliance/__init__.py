"""Use cases of the compliance context."""
