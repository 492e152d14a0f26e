"""What was done, by whom, and how it is shown that nobody changed the record."""
