"""One generator for each vector file."""
