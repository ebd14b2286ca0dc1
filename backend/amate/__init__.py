"""Amate: issuer, wallet and off-line verifier of Mexico's universal health credential.

Floors, top to bottom; a floor imports only floors below it:
app, cli → features → web → context → db, signing, config → core → errors.
Features, in the order of imports (a feature uses those below it, through their actions or model only):
verification, enrolment, issuance, status, login, trust, entitlement, register, clinics, audit.
"""
