"""The engine: accounts, books, orders and lists, and how they meet the market."""
