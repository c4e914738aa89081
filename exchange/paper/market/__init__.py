"""The market: what was traded, what is quoted, and where prices come from."""
