"""Issuer keys and their life cycle, the sealing keys of clinics, and the TUF repository that tells verifiers of them.

2026-11-22: the database keeps every published file; the folder of published files is a projection of it that any
machine can write again. Versions therefore never go back, even when a disk is lost, and no verifier sees a rollback.
"""
