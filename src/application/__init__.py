"""Use cases, the ports they need, and the views that answer questions."""
