"""Roots and targets that wait for the signatures of people whose keys are elsewhere.

2026-11-28: what is to be signed is fixed, byte for byte, when the draft is made; what must be said otherwise later is
another draft. Its number, its text and its SHA-256 are the same for everybody who signs, on whatever machine.
"""
