"""Providers outside, as our own client meets them."""
