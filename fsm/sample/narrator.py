"""The session as it happens, for a person: the time, the last price, and one line for each thing worth telling."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import TracebackType

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from exchange.ids import Role
from exchange.instrument import Instrument, plain
from fsm.orders import Order
from fsm.planning.mirror import lead
from fsm.position import Position
from fsm.record import Record
from fsm.shown.arrows import phase_of
from fsm.states import State
from fsm.storage.json_lines import utc
from fsm.telling.notify import Notification, Severity
from guards.chain import GUARD_NAMES

_REFUSALS = "|".join((*GUARD_NAMES, "malformed", "seen_at_start"))
_COLOURS = {Severity.INFO: "", Severity.WARN: "yellow", Severity.ERROR: "bold red"}
_CLOCK, _LAST = 8, 9
_INDENT = _CLOCK + _LAST + 2

THEME = Theme(
    {
        **{f"state.{state}": f"bold {phase_of(state).line}" for state in State},
        "verdict.accepted": "bold green",
        "verdict.refused": "bold yellow",
    }
)


class _Words(RegexHighlighter):
    """States and verdicts stand out."""

    highlights = [
        *(rf"(?P<state__{state}>\b{state}\b)" for state in State),
        r": (?P<verdict__accepted>accepted\b)",
        rf": (?P<verdict__refused>({_REFUSALS})\b)",
    ]

    def highlight(self, text: Text) -> None:
        for pattern in self.highlights:
            for match in re.finditer(pattern, text.plain):
                for name in match.groupdict():
                    text.stylize(name.replace("__", "."), *match.span(name))


class Narrator:
    """Takes what the executor tells its owner, and what the script does, and prints both.

    On a terminal a last line shows where the market is now; `pause` is called after every line.
    """

    def __init__(self, console: Console, now_ms: Callable[[], int], pause: Callable[[], None]) -> None:
        self._console = console
        self._now_ms = now_ms
        self._pause = pause
        self._words = _Words()
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._last: Decimal | None = None
        self._shown: str | None = None
        self.alarms: list[str] = []
        """What the owner would be told as an error; in a session that goes well there is none."""

    def __enter__(self) -> "Narrator":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def send(self, notification: Notification) -> None:
        """Something the owner would be told."""
        if notification.severity is Severity.ERROR:
            self.alarms.append(f"alarm {notification.event}: {notification.text}")
        self._line(self._words(Text(notification.text, style=_COLOURS[notification.severity])))

    def scene(self, number: int, title: str, text: str) -> None:
        """A heading, and what is about to be seen."""
        self._console.print()
        self._console.rule(f"[bold]{number}. {title}", align="left", style="dim")
        self._console.print(Padding(Text(text, style="italic"), (0, 0, 0, 1)))
        self._pause()

    def act(self, text: str) -> None:
        """What the script does."""
        self._line(Text(f"» {text}", style="cyan"))

    def market(self, last: Decimal) -> None:
        """The market has moved."""
        self._last = last

    def turn(self, record: Record, instrument: Instrument) -> None:
        """The executor has taken a turn: tell what protects the position if that has changed, and where it stands."""
        text = _protection(record.position, instrument) if record.position is not None else None
        if text is not None and text != self._shown:
            self._console.print(Padding(Text(text, style="dim"), (0, 0, 0, _INDENT)))
            self._pause()
        self._shown = text
        if self._live is not None and self._last is not None:
            self._live.update(self._row(self._words(Text(_standing(self._last, record)))), refresh=True)

    def _line(self, text: Text) -> None:
        self._console.print(self._row(text))
        self._pause()

    def _row(self, text: Text) -> Table:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=_CLOCK, style="dim")
        row.add_column(width=_LAST, justify="right", style="dim")
        row.add_column()
        row.add_row(f"{utc(self._now_ms()):%H:%M:%S}", f"{self._last:.2f}" if self._last is not None else "", text)
        return row


def _standing(last: Decimal, record: Record) -> str:
    """The state, and how far the price is from the entry in units of R."""
    position = record.position
    if position is None or not position.entry_fills:
        return str(record.state)
    multiple = lead(position.direction, last, position.plan.entry) / position.plan.r
    return f"{record.state} {multiple:+.2f} R"


def _protection(position: Position, instrument: Instrument) -> str | None:
    """What is held, and the prices of the working stops and targets; None while nothing is held."""
    held = position.held(instrument.base)
    if held < instrument.step_size:
        return None
    stops = {order.stop_price for order in _live(position, Role.STOP)}
    targets = {order.price for order in _live(position, Role.TARGET)}
    parts = [f"holds {position.direction} {plain(held)} {instrument.base}"]
    parts += [f"stop at {_prices(stops)}"] if stops else []
    parts += [f"target at {_prices(targets)}"] if targets else []
    return ", ".join(parts)


def _live(position: Position, role: Role) -> Iterator[Order]:
    return (order for order in position.of_role(role) if order.live)


def _prices(prices: set[Decimal | None]) -> str:
    return " and ".join(plain(price) for price in sorted(price for price in prices if price is not None))
