"""The REST API: Litestar at the edge, use cases and views behind it."""
