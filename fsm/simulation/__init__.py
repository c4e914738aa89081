"""The whole program in one deterministic world: one seed decides market, network, crashes, disk and owner."""
