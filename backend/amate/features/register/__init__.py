"""The register (padrón): people, the CURPs that each has had, their guardians, and what they said about organ donation.

A person is one row for life. A CURP may be replaced, so every CURP that a person has had points to them, and a UNIQUE
constraint over all of them is what keeps one CURP from ever making two people.
"""
