"""The padrón: the people, each once, what they decided about organ donation, and who answers for a minor.

A person's id is opaque and random; the CURP is theirs alone (UNIQUE), and never stands in an address, a token or a log.
A CURP can be replaced by RENAPO: former ones stay as aliases and still find the person.
"""
