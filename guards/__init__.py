"""May this happen? Verdicts with what was measured and the threshold that decided."""
