"""What counters and integrators tell of their scans: taken in once, kept for ever, and who was in two places."""
