"""Exporting: lists written into files that people take away."""
