"""Alarms about a margin account, each told again until its condition ends."""

from decimal import Decimal

from exchange.instrument import plain
from fsm.record import Record
from fsm.telling.alarms import Alarms
from fsm.telling.notify import Notification, Severity

UNUSABLE = "margin_unusable"
DEBT = "debt_remains"
LEVEL = "margin_level"
SAFELY_ABOVE = Decimal("1.02")
"""So far above the floor a level has to be before it counts as recovered; at the floor itself it would come and go."""


class MarginAlarms:
    """`stands` raises or repeats an alarm, `over` ends it."""

    def __init__(self, alarms: Alarms, symbol: str, level_floor: Decimal) -> None:
        self._alarms = alarms
        self._symbol = symbol
        self._floor = level_floor

    def stands(self, event: str, text: str, record: Record, now_ms: int) -> None:
        position = record.position
        trade_id = position.trade_id if position is not None else None
        alarm = Notification(event, Severity.ERROR, text, now_ms, trade_id, self._symbol, record.state.value)
        self._alarms.raise_alarm(event, alarm)

    def over(self, event: str, now_ms: int) -> None:
        self._alarms.clear_alarm(event, now_ms)

    def judge_level(self, level: Decimal | None, record: Record, now_ms: int) -> None:
        """Assets over debt below MARGIN_LEVEL_FLOOR: the venue may liquidate before our stop is reached."""
        if level is not None and level < self._floor:
            text = f"the margin level is {plain(level)}, below {plain(self._floor)}: repay debt or add collateral"
            self.stands(LEVEL, text, record, now_ms)
        elif level is None or level >= self._floor * SAFELY_ABOVE:
            self.over(LEVEL, now_ms)
