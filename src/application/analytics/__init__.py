"""Use cases of the analytics context."""
