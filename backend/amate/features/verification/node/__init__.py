"""A clinic's own node: one process on a small PC that the counters of a reception ask instead of the centre.

2026-11-28: the folder of the pack is the folder of the node. What makes it one is `node.json`, written last; beside it
lie the centre's token, the certificate (`tls`, a link that is moved in one step, as a pack's `current`) and `node.db`.
A counter is let in by a code that is shown at the node's own terminal, once: whoever may run commands there may let
counters in, so the node knows no staff and no passkeys. What the counters bring is written down before they are
answered, and leaves only when the centre has answered; the centre, not the node, opens and judges it. What they tell
each other of what they were shown is in memory alone.
"""
