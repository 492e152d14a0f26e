"""One folder per technology, then per context."""
