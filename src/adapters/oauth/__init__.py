"""Other people's OAuth: providers that people sign in by."""
