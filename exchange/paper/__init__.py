"""A simulated exchange that speaks Binance's REST and WebSocket interfaces; it shares no code with the client.

Not simulated: other people's orders (the far side of the book is a ladder of equal levels that is whole again for each
order), the effect of our own fills on bid, ask, last and the public tape, pegged orders, smart order routing, the
price range rule, tax and special commission, DECREMENT and TRANSFER self-trade modes, RSA and Ed25519 keys,
microsecond replies, the 90-day archive, and the SUSPENDED states of an account. On margin: interest paid in BNB, tiers
and collateral ratios, the risk stream, clearance fees, and conversions over two symbols in a liquidation.
"""
