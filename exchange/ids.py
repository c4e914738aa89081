"""Client order ids: a pure function of trade id, role, leg and revision, and back.

`EX-2501132000L3f9a1c-S2-7` is revision 7 of the stop of leg 2. An id finds an order; it never permits sending again,
because the venue accepts the id of an ended order a second time (Binance docs: POST order, newClientOrderId).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

PREFIX = "EX-"
_FORMAT = re.compile(r"EX-(?P<trade_id>\d{10}[LS][0-9a-f]{6})-(?P<role>[ETSXL])(?P<leg>\d)-(?P<revision>\d{1,6})")


class Role(StrEnum):
    ENTRY = "E"
    TARGET = "T"
    STOP = "S"
    MARKET_EXIT = "X"
    LIST = "L"


@dataclass(frozen=True, slots=True)
class OrderName:
    """What one of our client order ids says; leg 0 stands for the whole position."""

    trade_id: str
    role: Role
    leg: int
    revision: int

    def __post_init__(self) -> None:
        if not _FORMAT.fullmatch(self.client_id):
            raise ValueError(f"{self.client_id} cannot be a client order id: see the format in exchange/ids.py")

    @property
    def client_id(self) -> str:
        return f"{PREFIX}{self.trade_id}-{self.role}{self.leg}-{self.revision}"


def parse(client_id: str) -> OrderName | None:
    """The name behind a client order id, or None when the id is not ours."""
    match = _FORMAT.fullmatch(client_id)
    if match is None or not client_id.isascii():
        return None
    name = OrderName(match["trade_id"], Role(match["role"]), int(match["leg"]), int(match["revision"]))
    return name if name.client_id == client_id else None


def trade_id(signal_key: str, time_ms: int, direction: Literal["L", "S"]) -> str:
    """17 characters from the signal alone: UTC minute of `time_ms`, direction letter, start of the key's SHA-256."""
    minute = datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%y%m%d%H%M")
    return f"{minute}{direction}{hashlib.sha256(signal_key.encode()).hexdigest()[:6]}"


def signal_minute_ms(trade_id: str) -> int:
    """The minute of the signal that a trade came from."""
    minute = datetime.strptime(trade_id[:10], "%y%m%d%H%M").replace(tzinfo=UTC)
    return int(minute.timestamp()) * 1000
