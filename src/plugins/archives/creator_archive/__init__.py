"""The neutral archive `creator-archive` 1.0: a folder or ZIP with a manifest and one file per table."""
