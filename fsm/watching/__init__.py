"""What is seen of the world: venue, quotes, bars, the account, the owner, and the invariants."""
