"""The browser's TUF client as a black box, driven as the public conformance suite drives one, beside python-tuf.

The suite (github.com/theupdateframework/tuf-conformance) is an action and no package, so its cases are written anew
here, under the names that they have there, for the top-level roles: test_basic, test_expiration, test_file_download,
test_keys, test_rollback, test_updater_key_rotations. What it asks of delegations, a client of top-level roles does not
do. test_hostile is ours. Every case runs against both clients; where they may differ, the case says so and why.
"""
