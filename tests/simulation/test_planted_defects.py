"""Every checker sees what it is for: a defect is planted between the program and its outside, and is named."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from exchange.ids import Role, parse
from exchange.paper.direct_door import DirectDoor
from exchange.types import Confirmed, Denied, OcoRequest, OrderRequest, OrderType, Outcome, Side
from fsm.simulation.outcome import Outcome as Played
from fsm.simulation.program import Tamper
from fsm.simulation.scripts import SCRIPTS, Beat
from fsm.simulation.wish import Wish
from fsm.simulation.world import World
from fsm.storage.disk import Disk

AN_HOUR_MS = 3_600_000
TINY, LOW, ZERO = Decimal("0.00001"), Decimal(90_000), Decimal(0)


class Between:
    """Passes on all that a defect does not change."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class DropsStops(Between):
    """Never sends protection, and says that it has to wait."""

    def place(self, request: OrderRequest) -> Outcome:
        if request.order_type is OrderType.STOP_LOSS_LIMIT:
            return Denied("dropped", AN_HOUR_MS)
        sent: Outcome = self.inner.place(request)
        return sent

    def place_oco(self, request: OcoRequest) -> Outcome:
        return Denied(f"dropped {request.list_client_id}", AN_HOUR_MS)


class EntersTwice(Between):
    """Sends the entry again under the next id."""

    def place(self, request: OrderRequest) -> Outcome:
        name = parse(request.client_id)
        if name is not None and name.role is Role.ENTRY:
            self.inner.place(replace(request, client_id=request.client_id[:-1] + "7"))
        sent: Outcome = self.inner.place(request)
        return sent


class SendsTwice(Between):
    """Repeats a placement under its own id, as a retry layer would."""

    def place(self, request: OrderRequest) -> Outcome:
        self.inner.place(request)
        sent: Outcome = self.inner.place(request)
        return sent


class OffersTwice(Between):
    """Protects twice what is held."""

    def place_oco(self, request: OcoRequest) -> Outcome:
        target, stop = (replace(order, quantity=2 * order.quantity) for order in (request.target, request.stop))
        sent: Outcome = self.inner.place_oco(OcoRequest(request.list_client_id, target, stop))
        return sent


class LeavesOneOpen(Between):
    """Leaves an order of the trade at the venue that the program does not know."""

    def place_oco(self, request: OcoRequest) -> Outcome:
        stray = request.list_client_id.replace("-L", "-T9")  # X-L1-0 becomes T91-0: no leg that there is
        self.inner.place(OrderRequest(stray, Side.BUY, OrderType.LIMIT, 1000 * TINY, LOW))
        sent: Outcome = self.inner.place_oco(request)
        return sent

    def open_orders(self) -> Any:
        return tuple(order for order in self.inner.open_orders() if "-T9-" not in order.client_id)


class NeverRepays(Between):
    """Shows an account without debts."""

    def account(self) -> Any:
        account = self.inner.account()
        free = {asset: replace(one, borrowed=ZERO, interest=ZERO) for asset, one in account.balances.items()}
        return replace(account, balances=free, level=None)


class AsksTooMuch(Between):
    """Polls as if there were no limit."""

    def quote(self, *symbol: Any) -> Any:
        for _ in range(80):
            self.inner.quote(*symbol)
        return self.inner.quote(*symbol)


class HidesOrders(Between):
    """Shows no open order, so that the invariants miss stops that work."""

    def open_orders(self) -> Any:
        return ()


class MisreadsCommission(Between):
    """Takes every commission for twice what it was."""

    def fills(self, order_id: int) -> Any:
        return tuple(replace(fill, commission=2 * fill.commission) for fill in self.inner.fills(order_id))

    def place(self, request: OrderRequest) -> Outcome:
        sent: Outcome = self.inner.place(request)
        if isinstance(sent, Confirmed):
            return Confirmed(tuple(replace(report, fills=None) for report in sent.reports))
        return sent


class OverlooksInterest(Between):
    """Shows loan records without what was paid as interest."""

    def loans(self, *asked: Any) -> Any:
        return tuple(replace(loan, interest=ZERO) for loan in self.inner.loans(*asked))


class Raises(Between):
    """Fails in a way that nobody expects."""

    def place_oco(self, request: OcoRequest) -> Outcome:
        raise ZeroDivisionError(request.list_client_id)


class Forgets(Between):
    """Loses what is written to files of this name, and says that all is well."""

    def __init__(self, disk: Disk, name: str) -> None:
        super().__init__(disk)
        self._name = name

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        return len(line) if self._name in path.name else int(self.inner.append_line(path, line, durable=durable))

    def replace(self, source: Path, target: Path) -> None:
        if self._name in target.name and target.exists():
            source.unlink()
        else:
            self.inner.replace(source, target)


def _venue(defect: Callable[[Any], Any]) -> Tamper:
    return lambda outside: replace(outside, venue=defect(outside.venue))


def _disk(name: str) -> Tamper:
    return lambda outside: replace(outside, disk=Forgets(outside.disk, name))


def _lender(defect: Callable[[Any], Any]) -> Tamper:
    return lambda outside: replace(outside, lender=defect(outside.lender))


def _played(script: str, tamper: Tamper, folder: Path) -> Played:
    logger.remove()
    world = World(Wish(0, 1, script), folder, DirectDoor, DAYS[script])
    world.program.tamper = tamper
    return world.run()


SPOT, MARGIN = "spot-long-overrun", "cross-short-trail"
ROTATED, WATCHED = "a rotated log", "invariants looked at often"
DAYS = {
    **SCRIPTS,
    ROTATED: replace(
        SCRIPTS[SPOT],
        beats=(Beat(ZERO, 70, "walk"), Beat(ZERO, 0, "signal"), Beat(ZERO, 0, "rotate"), Beat(ZERO, 2, "walk")),
    ),
    WATCHED: replace(SCRIPTS["spot-long-trail"], settings={**SCRIPTS[SPOT].settings, "INVAR_EVERY_SEC": "1"}),
}
CASES: dict[str, tuple[str, Tamper, str]] = {
    "no stop": (SPOT, _venue(DropsStops), "gap: "),
    "two entries": (SPOT, _venue(EntersTwice), "entry: "),
    "one id twice": (SPOT, _venue(SendsTwice), "was sent twice"),
    "too much offered": (SPOT, _venue(OffersTwice), "offered: "),
    "an order left open": (SPOT, _venue(LeavesOneOpen), "unknown_order: "),
    "a debt left": (MARGIN, _lender(NeverRepays), "debt: "),
    "a false alarm": (WATCHED, _venue(HidesOrders), "alarm: "),
    "a wrong commission": (SPOT, _venue(MisreadsCommission), "money: "),
    "interest overlooked": (MARGIN, _lender(OverlooksInterest), "interest: "),
    "too many requests": (SPOT, _venue(AsksTooMuch), "haste: "),
    "an error": (SPOT, _venue(Raises), "escaped: "),
    "a lost verdict": (SPOT, _disk("signals.jsonl"), "verdicts: "),
    "a lost verdict on a line of a rotated log": (ROTATED, _disk("signals.jsonl"), "verdicts: "),
    "a lost journal": (SPOT, _disk("journal-"), "cover: |journal: |state: "),
    "a lost report": (SPOT, _disk("trades.jsonl"), "report: "),
    "a lost record": (SPOT, _disk("executor_state.json"), "unknown_order: |journal: "),
}


@pytest.mark.parametrize("case", CASES)
def test_a_planted_defect_is_named(case: str, tmp_path: Path) -> None:
    """A world that breaks a promise says which; the same world without the defect breaks none."""
    script, tamper, named = CASES[case]
    fault = _played(script, tamper, tmp_path).fault
    assert fault is not None
    assert any(name in fault for name in named.split("|")), fault


@pytest.mark.parametrize("script", [SPOT, MARGIN, ROTATED, WATCHED])
def test_the_same_day_without_a_defect_is_in_order(script: str, tmp_path: Path) -> None:
    """What the checkers find in the other tests is the defect alone."""
    assert _played(script, lambda outside: outside, tmp_path).fault is None
