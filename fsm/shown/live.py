"""The live view: the running executor's situation, to be drawn again whenever something happened."""

import os

from rich.console import RenderableType
from rich.panel import Panel

from exchange.instrument import Instrument
from fsm.record import Record
from fsm.shown.files import Executor
from fsm.shown.reckoning import Seen
from fsm.shown.status import Events, situation
from fsm.shown.view import situation_compact
from fsm.watching.surroundings import Surroundings


def live_view(
    record: Record, surroundings: Surroundings, instrument: Instrument, events: Events, now_ms: int, title: str
) -> RenderableType:
    """One frame; `events` are the last journal lines, `title` says mode, symbol and venue."""
    seen = Seen(surroundings.quote, instrument, surroundings.problem)
    ours = Executor(running=True, pid=os.getpid())
    return Panel(situation_compact(situation(record, seen, events, ours, now_ms, "")), title=title, title_align="left")
