"""What stands in the home directory as files."""
