"""Use cases of the collection context."""
