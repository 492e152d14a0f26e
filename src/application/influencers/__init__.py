"""Use cases of the influencers context."""
