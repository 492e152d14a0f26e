"""Analisa: creators' data in, figures anyone can recompute out."""

__version__ = "0.1.0"
