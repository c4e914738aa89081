"""Margin: accounts, loans, interest, levels, liquidation."""
