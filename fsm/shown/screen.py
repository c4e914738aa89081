"""The live view on a terminal, drawn from a thread of its own: a slow or closed terminal never delays a turn."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from exchange.clock import Clock
from exchange.types import Venue
from fsm.assembly import Assembled
from fsm.environment import AllSettings
from fsm.shown.files import last_events
from fsm.shown.live import live_view
from fsm.shown.status import EVENTS
from fsm.telling.notify import Notification, Notifier

FRAMES_PER_SECOND = 2


@contextmanager
def live_screen(
    console: Console, settings: AllSettings, assembled: Assembled, venue: Venue, clock: Clock
) -> Iterator[None]:
    """Draw the situation a few times a second until the block is left."""
    venue_line = f"{settings.exchange.mode} {settings.exchange.symbol} at {settings.exchange.rest_url}"

    def frame() -> object:
        events = last_events(settings.places.journal, EVENTS)
        record = assembled.memory.record
        return live_view(record, assembled.surroundings, venue.instrument, events, clock.now_ms(), venue_line)

    with Live(console=console, get_renderable=frame, refresh_per_second=FRAMES_PER_SECOND):  # type: ignore[arg-type]
        yield


class Printed:
    """A notifier that shows on the terminal what it passes on, while there is no live view yet."""

    def __init__(self, console: Console, notifier: Notifier) -> None:
        self._console = console
        self._notifier = notifier

    def send(self, notification: Notification) -> None:
        self._console.print(notification.text, style="bold yellow", highlight=False, markup=False)
        self._notifier.send(notification)
