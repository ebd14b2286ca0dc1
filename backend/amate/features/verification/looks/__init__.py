"""Who looked at a person's card, for that person alone."""
