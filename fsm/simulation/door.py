"""What a world needs of the simulated exchange: the composition root opens the door, nothing here imports it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from requests.adapters import BaseAdapter

from exchange.clock import VirtualClock

URL = "http://paper.invalid"


class Door(Protocol):
    """One simulated exchange, called in process; its clock is the program's."""

    @property
    def carrier(self) -> BaseAdapter:
        """Takes requests of an ordinary HTTP client to it."""

    def script(self, path: str, body: Any) -> Any:
        """POST to one of its own paths under /paper/."""

    def read(self, path: str) -> Any:
        """GET any of its paths."""

    def listen(self, told: Callable[[], None]) -> None:
        """Call this at every event of an account, as it happens."""

    def now_ms(self) -> int:
        """Its time."""

    def advance(self, milliseconds: int) -> None:
        """Step its time, and do what falls due."""


OpenDoor = Callable[[VirtualClock, Mapping[str, Decimal]], Door]
"""Starts an exchange on this clock with these balances."""
