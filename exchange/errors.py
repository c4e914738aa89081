"""Errors of reads, divided by what happens next.

    VenueError
    ├─ Unavailable      no answer or not now; ask again later
    │   └─ RateLimited  the venue named a time to wait
    ├─ KeyRefused       key, permission or signature: nothing signed can succeed
    └─ Refused          the venue answered no to this very request

Writes do not raise: they return one of the four outcomes of `exchange.types`.
"""


class VenueError(Exception):
    """Anything that a read of the venue may raise."""


class Unavailable(VenueError):
    """The venue gave no usable answer (network, timeout, 5xx, clock); asking again later may succeed."""


class RateLimited(Unavailable):
    """The venue, or our own reserve, asks us to wait `retry_after_ms` before the next request."""

    def __init__(self, message: str, retry_after_ms: int) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class KeyRefused(VenueError):
    """The venue refuses our key, its permissions or our signature."""


class Refused(VenueError):
    """The venue answered no; `code` is its error code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code
