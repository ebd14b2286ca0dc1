"""The two cores answer alike on passes that nobody would issue."""
