"""Exporting lists as files: which lists there are, asking for a file, writing it, and handing it out."""
