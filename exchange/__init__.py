"""The venue: instrument rules, order values, the Binance client, and clocks."""
