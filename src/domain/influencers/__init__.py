"""Whom we know: influencers and their profiles on networks."""
