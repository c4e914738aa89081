"""Thirteen checks that only look: they report what does not hold, and never repair it."""
