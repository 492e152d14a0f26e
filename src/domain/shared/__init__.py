"""The few words that every context speaks."""
