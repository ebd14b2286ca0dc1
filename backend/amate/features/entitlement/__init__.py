"""Who belongs to which institution, since when and until when, and the decision table in force.

Affiliations hang on the CURP, not on a person of the register: an institution's extract names people who have not come
to a module yet. An extract's rows count more than what somebody declared at a module, which is kept apart.
"""
