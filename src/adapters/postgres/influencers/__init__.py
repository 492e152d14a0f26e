"""The influencers context in PostgreSQL."""
