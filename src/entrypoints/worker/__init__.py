"""Roles that work in the background: worker, relay and scheduler, each `python -m` a module of its own."""
