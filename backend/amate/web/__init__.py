"""The HTTP edge that all features share."""
