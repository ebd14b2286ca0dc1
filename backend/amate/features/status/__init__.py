"""Status lists: an index for every credential and pass, its revocation, and the signed lists that verifiers fetch.

2026-11-22: a list has no counter of used entries. One row that every issuance updates would make all of them wait
for each other on PostgreSQL; instead random indices are tried against the primary key, and a list counts as full when
a hundred random places in it are all taken, which happens at about 97 of 100 used.
"""
