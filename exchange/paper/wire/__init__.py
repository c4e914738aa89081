"""What the engine knows in the venue's JSON shapes."""
