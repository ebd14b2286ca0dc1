"""Pure decisions: bytes in, values out; no clock, network, database or randomness. Twinned in pwa/src/core."""
