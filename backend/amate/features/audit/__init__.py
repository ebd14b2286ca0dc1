"""Append-only, hash-chained log of who did what.

Lanes: entries stand in 16 chains, so that parallel requests do not queue behind one last row. Each chain is verified on
its own; a lane's head says how many entries it has, so a cut-off tail is found as well.
"""
