"""The module's desk: enter a person, assign a clinic, hand over the offer for their phone.

Only staff of a module gets here, and nothing tells the public whether a CURP is in the register.
An answer holds an offer and its code, so the answer kept for a repeated Idempotency-Key is sealed with that key: the
database alone reveals neither.
"""
