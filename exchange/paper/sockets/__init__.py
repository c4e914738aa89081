"""The WebSocket API, user streams and market streams."""
