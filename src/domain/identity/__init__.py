"""Who we are: users, the organisations that they belong to, and what they may do there."""
