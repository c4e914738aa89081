"""Sample sessions for the tests: the real executor against the real simulated exchange, in a folder of the test."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console

from exchange.clock import VirtualClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from fsm.environment import read_settings
from fsm.sample import START_MS, SampleResult, play
from fsm.sample.books import Books, read_books

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Played:
    """A session that is over: its result, its files, and what was shown."""

    result: SampleResult
    shown: str

    @property
    def books(self) -> Books:
        return read_books(self.result.places)

    def written(self) -> dict[str, bytes]:
        """Journal, verdicts and trade reports, by name."""
        places = self.result.places
        paths = [*places.journal.iterdir(), places.verdicts, places.trades]
        return {path.name: path.read_bytes() for path in paths}


def played(folder: Path, seed: int, latency_ms: int = 15, environ: Mapping[str, str] | None = None) -> Played:
    """Play a session with these settings, its exchange answering signed requests after `latency_ms`."""
    clock, shown = VirtualClock(START_MS), StringIO()
    console = Console(file=shown, width=WIDTH)
    settings = read_settings({"DATA_DIR": str(folder), **(environ or {})})
    with running(PaperSettings(manual=True, latency_ms=latency_ms), clock) as exchange:
        result = play(settings, exchange.url, clock, console, seed=seed)
    return Played(result, shown.getvalue())
