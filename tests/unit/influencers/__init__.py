"""Tests of whom we know, without I/O."""
