"""The acts in which people give the roles of the repository their keys.

2026-11-28: one reviewed file is the whole input of a ceremony, nothing is asked while it runs, and its transcript names
that file by SHA-256. What it makes is a root and nothing else; the rest follows from it as at any publication.
"""
