"""Prices and quantities of a position: plan, legs, breakeven and trailing; pure and exact."""
