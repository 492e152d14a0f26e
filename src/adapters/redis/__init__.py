"""Redis (or Valkey): fast, shared, and never the only place where anything stands."""
