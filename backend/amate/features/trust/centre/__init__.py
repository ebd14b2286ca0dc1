"""The key to which counters seal what they write off line: public at every counter, private at the centre."""
