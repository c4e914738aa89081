"""The last prices the executor saw, for `status`: a hint beside the state, never read back by the executor."""

from contextlib import suppress
from pathlib import Path

from exchange.instrument import plain
from fsm.periods import Every
from fsm.storage import json_lines
from fsm.watching.surroundings import Surroundings

EVERY_MS = 1_000


class Glance:
    """Writes `last_seen.json`, at most once a second; a disk that refuses is no concern of trading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._every = Every(EVERY_MS)

    def write(self, surroundings: Surroundings, now_ms: int) -> None:
        if not self._every.is_due(now_ms) or surroundings.quote is None:
            return
        self._every.done(now_ms)
        quote = surroundings.quote
        seen = {
            "time": json_lines.iso(quote.time_ms),
            "bid": plain(quote.bid),
            "ask": plain(quote.ask),
            "last": plain(quote.last),
            "problem": surroundings.problem,
        }
        draft = self.path.with_suffix(".tmp")
        with suppress(OSError):  # a full disk is told by the state file; this hint may be old
            draft.touch(mode=0o600)
            draft.write_bytes(json_lines.encode(seen))
            draft.replace(self.path)
