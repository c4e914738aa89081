"""A simulated exchange that speaks Binance's REST and WebSocket interfaces; it shares no code with the client.

How it decides, and what it does not simulate, is told in docs/paper.md.
"""
