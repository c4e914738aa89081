"""All promises of a world, checked after every step; and what may be told late, after which mishap."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from fsm.simulation.books import BooksKept
from fsm.simulation.budgets import GapBudgets
from fsm.simulation.checks import PromiseBroken, Watch
from fsm.simulation.deltascout import Scribe
from fsm.simulation.door import Door
from fsm.simulation.failing_disk import PERILS as DISK_PERILS
from fsm.simulation.fate import Fate
from fsm.simulation.program import Program
from fsm.simulation.stream import Hearing
from fsm.simulation.written import Written
from fsm.states import State

MOST_WEIGHT = 5_000
"""In any minute: what the venue allows, less what is kept for protection."""
BLIND_MS = 60_000
"""So long after a mishap of network, venue or process it may not be known yet what happened meanwhile."""
DISK_MS = 20_000
"""So long after a disk refused something, lines may still wait for it."""
REVIVED_MS = 20_000
"""So long after a request came twice its order may work although its trade is closed: until the next full check."""
AT_REST = (State.IDLE, State.CLOSED, State.COOLDOWN)
ESTIMATED_MS = 30_000
"""On margin no reply tells when a cancel happened or a stop triggered; what was not seen then cannot be told."""
ALARM_MS = 2_000
"""So long after the end of a gap the invariants may still tell of it."""
OF_THE_OWNER = {"owner_cancels", "owner_trades", "owner_deposits", "owner_switches"}
"""None of these keeps the program from seeing what is."""
STOPS = ("crash", "relapse")
OF_COVER = ("I1:", "I7:", "I9:")
WAITS_FOR_DISK = frozenset({"cover", "verdicts", "journal", "unknown_order", "closed", "report", "entry", "state"})


class Promises:
    """`check` raises `PromiseBroken` unless all of them hold now."""

    def __init__(
        self, program: Program, door: Door, fate: Fate, scribe: Scribe, hearing: Hearing, *, calm: bool
    ) -> None:
        settings = program.settings
        places, poll_ms = settings.places, int(settings.fsm.poll_s * 1000)
        self._program = program
        self._door = door
        self._fate = fate
        self._calm = calm
        self._watch = Watch(
            door.read, Written(places.state, places.journal, places.verdicts, places.trades, scribe.log)
        )
        on_margin = settings.exchange.trade_mode == "margin"
        self._watch.reaction_ms = 2 * poll_ms + 1_500 if on_margin else poll_ms + 500
        self._watch.unseen_ms = ESTIMATED_MS if on_margin and not calm else self._watch.reaction_ms
        self._watch.estimated_ms = ESTIMATED_MS if on_margin else 0
        self._books = BooksKept()
        self._budgets = GapBudgets(fate.moments, 0 if hearing is Hearing.GOOD else poll_ms, poll_ms)
        self.alarms: list[str] = []
        """What the program's invariants have found."""
        self._lost: set[str] = set()
        """Checks that miss lines which are gone for good."""

    @property
    def checks_made(self) -> int:
        return self._watch.checks_made

    @property
    def gaps(self) -> Mapping[str, int]:
        """The longest time without a stop in ms, by cause."""
        return self._budgets.worst

    def brought_in(self, asset: str, quantity: Decimal) -> None:
        self._books.brought_in(asset, quantity)

    def read_rules(self) -> None:
        self._watch.read_rules()

    def check(self, *, at_rest: bool) -> None:
        self._note_losses()
        self._watch.excused = self._excused()
        ledger = self._door.read(self._watch.ledger_path)
        self._watch.check_ledger(ledger)
        self._books.check(ledger, at_rest=at_rest)
        found = [f"gap: {fault}" for fault in self._budgets.faults(self._watch.trades, ledger["time"])]
        if self._program.sent.most_weight > MOST_WEIGHT:
            found.append(f"weight: {self._program.sent.most_weight} in a minute, {MOST_WEIGHT} are allowed")
        found += self._alarm_faults(ledger["time"])
        if found:
            raise PromiseBroken("\n".join(found))

    def _alarm_faults(self, now_ms: int) -> Iterator[str]:
        """On a calm day the invariants find nothing but what the ledger shows: a time without cover."""
        alarms, self._program.ears.alarms = self._program.ears.alarms, []
        self.alarms += alarms
        spans = (span for trade in self._watch.trades for span in trade.naked_spans())
        is_naked = any(span.end_ms is None or span.end_ms >= now_ms - ALARM_MS for span in spans)
        for alarm in alarms if self._calm else ():
            if not (is_naked and alarm.split()[1] in OF_COVER):
                yield f"alarm: {alarm}"

    def _excused(self) -> frozenset[str]:
        """What cannot be told at once: a blind program does not know, a disk that refuses takes no line."""
        now = self._fate.now_ms()
        excused = set(self._lost)
        if self._fate.struck_since(now - BLIND_MS, self._fate.happened.keys() - OF_THE_OWNER):
            excused |= {"cover", "interest"}
        if self._fate.struck_since(now - DISK_MS, DISK_PERILS):
            excused |= WAITS_FOR_DISK
        if any(now - time <= BLIND_MS for time in self._stops_with_lines_waiting()):
            excused |= {"unknown_order"}  # sent, and not written down: until the program can look
        if self._program.state in AT_REST and self._fate.struck_since(now - REVIVED_MS, {"arrived_late"}):
            excused |= {"unknown_order", "closed"}
        return frozenset(excused)

    def _stops_with_lines_waiting(self) -> Iterator[int]:
        """When the program was stopped soon after a disk had refused something."""
        moments = self._fate.moments
        refused = [time for time, what in moments if what in DISK_PERILS]
        for time in (time for time, what in moments if what in STOPS):
            if any(time - DISK_MS <= before <= time for before in refused):
                yield time

    def _note_losses(self) -> None:
        """Lines that waited in memory for a disk are gone when the process is; the journal's last, without power."""
        happened = self._fate.happened
        if any(self._stops_with_lines_waiting()):
            self._lost |= {"journal", "cover", "report"}
        if happened["new_rules"]:
            self._lost.add("report")  # what was worth a stop at that time is judged by the rules of now
        if happened["unsynced_lost"]:
            self._lost |= {"journal", "cover"}
