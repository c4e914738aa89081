"""The sample session: a seeded market, DeltaScout's files and an operator, played to the real executor in virtual time.

It speaks to the simulated exchange over HTTP only, and ends with what the executor itself wrote; it is also its own
test: whatever leaves the script, uncovers a position or loses a cent is a fault.
"""

from fsm.sample.folder import NotOurs
from fsm.sample.play import START_MS, SampleResult, play

__all__ = ["START_MS", "NotOurs", "SampleResult", "play"]
