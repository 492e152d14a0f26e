"""Foreign tables read by a mapping: a person's, or one that a reader of a known export brings along."""
