"""A fleet of verifiers, of both clients, lives through a year of a deployment that changes its keys every month."""
