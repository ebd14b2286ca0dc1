"""The decision table: a change of it proposed, signed by two people, adopted upon the very table that they saw.

2026-11-28: it stands in this room, for a rule and a key change by the same hands: one kind of proposal, one list of who
may sign, one count of people. Which table is in force stays in entitlement; how it reaches verifiers, in trust.
"""
