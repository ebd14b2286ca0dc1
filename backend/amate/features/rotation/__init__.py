"""How the issuers' keys change: planned, proposed by one person, signed by a second, carried out, and rehearsed.

2026-11-28: this room stands above issuance, because whoever changes a key must be told what hangs on it. What a key is
and what verifiers are told stays in trust. The refusals hold three times: here, so that somebody is told what to do; in
the database (migration 0012), so that no other program can do it; and in verifiers, who believe only what is signed.
"""
