"""Who works with the system: staff with passkeys and sessions, integrators with tokens, and the role of each.

Secrets: sessions, invitations, challenges and tokens are random texts of 256 bits; the database holds only their
SHA-256, so a copy of it logs nobody in. No slow hash is needed: there is nothing to guess.
"""
