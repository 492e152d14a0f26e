"""Finding influencers: what can be asked of whom, pages of who answers to it, and how many do."""
