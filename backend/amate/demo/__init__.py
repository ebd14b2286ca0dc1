"""A demonstration: synthetic people, clinics and affiliations, marked as such; production settings refuse all of it.

The clinics stand at real localities, under keys whose serial begins with 9 and names that end in «(demo)»; no person
exists, and every CURP is built by the rules from invented names.
"""
