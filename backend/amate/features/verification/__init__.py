"""Verdicts, the same on the central server, on a clinic's node and in the terminal; and the pack that a node lives on.

2026-11-22: a pack is a folder of sets (`sets/<name>`), each laid out as $AMATE_HOME is (anchor.json, published/trust,
published/status), and a link `current` that is moved in one step. A reader therefore never meets half a sync, and the
code that reads a deployment's own files reads a pack's.
"""
