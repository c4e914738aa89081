"""The promises, checked from outside after every step.

`Watch` compares what the exchange knows (its ledger) with what the executor wrote (state file, journal, verdicts, trade
reports). It shares no code with the executor, so that one mistake cannot agree with itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from fsm.simulation.ledger_view import Grid, OurTrade, Span, our_trades
from fsm.simulation.money_told import interest_faults, left_faults, money_faults
from fsm.simulation.signal_lines import without_verdict
from fsm.simulation.written import Written, ms_of

PLAIN_NUMBER = re.compile(r"\d+(\.\d+)?")
NUMBERS_SENT = tuple(
    name if prefix == "" else prefix + name[0].upper() + name[1:]
    for prefix in ("", "above", "below", "working", "pending", "pendingAbove", "pendingBelow")
    for name in ("price", "quantity", "stopPrice")
)
IDS_SENT = frozenset(
    f"{prefix}ClientOrderId"
    for prefix in ("new", "above", "below", "working", "pending", "pendingAbove", "pendingBelow")
)
REFUSED_FROM = 400
RESTING_STATES = ("IDLE", "CLOSED", "COOLDOWN")

Json = Mapping[str, Any]


class PromiseBroken(AssertionError):
    """At least one promise does not hold; the text names each."""


@dataclass(slots=True)
class Watch:
    """`check()` raises `PromiseBroken` unless every promise holds now.

    `reaction_ms` is how long a gap in the cover may last before it has to stand in the journal: one poll and its
    requests. `excused` names promises that a scenario breaks on purpose.
    """

    ask: Callable[[str], Any]
    """GET of a path at the exchange."""
    written: Written
    symbol: str = "BTCUSDC"
    reaction_ms: int = 1_500
    estimated_ms: int = 0
    """By how much the time without a stop may be reported too long: on margin no reply tells when a cancel happened."""
    unseen_ms: int = 0
    """And too short: a stop that triggers and is replaced at the next look was never seen as triggered."""
    excused: frozenset[str] = frozenset()
    checks_made: int = 0
    _grid: Grid | None = None
    _seen_orders: int = 0
    _seen_requests: int = 0
    _seen_reports: int = 0
    _trades: dict[str, OurTrade] = field(default_factory=dict)
    _refused: dict[str, int] = field(default_factory=dict)
    """When the venue first refused an order, by its client order id."""

    @property
    def ledger_path(self) -> str:
        """Where the ledger is read, with the requests that were not checked yet."""
        return f"/paper/ledger?since_request={self._seen_requests}"

    @property
    def trades(self) -> list[OurTrade]:
        """Our trades as the last ledger showed them."""
        return list(self._trades.values())

    def check(self) -> None:
        self.check_ledger(self.ask(self.ledger_path))

    def check_ledger(self, ledger: Json) -> None:
        """Check what a caller has just read from `ledger_path`."""
        found = [f"{name}: {fault}" for name, fault in self._faults(ledger) if name not in self.excused]
        self.checks_made += 1
        if found:
            raise PromiseBroken("\n".join(found))

    def _faults(self, ledger: Json) -> Iterator[tuple[str, str]]:
        orders = [order for order in ledger["orders"] if order["clientOrderId"].startswith("EX-")]
        state, journal = self.written.read_state(), self.written.read_journal()
        verdicts, reports = self.written.read_verdicts(), self.written.read_reports()
        for request in ledger["requests"]:
            self._note_refused(request)
        rules = self._grid or self.read_rules()
        trades = our_trades(ledger, rules, _by_hand(state, reports), self._trades, self._refused)
        yield from (("state", fault) for fault in _state_faults(state))
        yield from (("journal", fault) for fault in _journal_faults(state, journal))
        yield from (("unknown_order", fault) for fault in _unknown_orders(orders, state))
        yield from (("grid", fault) for fault in self._grid_faults(orders))
        yield from (("numbers", fault) for fault in self._number_faults(ledger["requests"]))
        yield from (("verdicts", fault) for fault in _verdict_faults(self.written, verdicts))
        plans = {told["trade_id"]: told["plan"] for told in _told_of(state, reports)}
        yield from (("entry", fault) for trade in trades for fault in _entry_faults(trade, verdicts, plans))
        now_ms = ledger["time"]
        yield from (("offered", fault) for trade in trades for fault in trade.offered_too_much())
        yield from (("cover", fault) for trade in trades for fault in self._cover_faults(trade, journal, now_ms))
        yield from (("closed", fault) for fault in _closed_faults(state, trades, orders))
        yield from (("report", fault) for fault in _report_faults(reports, trades, self.estimated_ms, self.unseen_ms))
        yield from (("report", fault) for fault in _missing_reports(state, reports, trades))
        yield from self._money_faults(reports, trades, ledger["loans"])
        self._seen_orders = len(orders)
        self._seen_requests = max([self._seen_requests, *(request["n"] for request in ledger["requests"])])

    def read_rules(self) -> Grid:
        """Ask for the symbol's grid: at first, and whenever a scenario changes it."""
        rules = self.ask(f"/api/v3/exchangeInfo?symbol={self.symbol}")["symbols"][0]
        self._grid = Grid.of(rules, self._grid)
        return self._grid

    def _note_refused(self, request: Json) -> None:
        if request["method"] == "POST" and request["status"] >= REFUSED_FROM:
            for name in IDS_SENT & request["params"].keys():
                self._refused.setdefault(request["params"][name], request["time"])

    def _grid_faults(self, orders: list[Json]) -> Iterator[str]:
        """New orders lie on the venue's grid."""
        assert self._grid is not None
        steps = {"price": self._grid.tick, "stopPrice": self._grid.tick, "origQty": self._grid.step}
        for order in orders[self._seen_orders :]:
            for name, step in steps.items():
                if Decimal(order[name]) % step:
                    yield f"{order['clientOrderId']} has {name} {order[name]}, off the grid of {step}"

    def _number_faults(self, requests: list[Json]) -> Iterator[str]:
        """Numbers went out as plain decimals (X20)."""
        for request in requests:
            for name in NUMBERS_SENT:
                text = request["params"].get(name)
                if text is not None and not PLAIN_NUMBER.fullmatch(text):
                    yield f"{request['method']} {request['path']} sent {name}={text}"

    def _cover_faults(self, trade: OurTrade, journal: list[Json], now_ms: int) -> Iterator[str]:
        """What is held has a stop, or the journal says since when not and why."""
        for span in trade.naked_spans():
            if span.length_ms(now_ms) > self.reaction_ms and not self._is_told(span, journal):
                end = "now" if span.end_ms is None else span.end_ms
                yield f"{trade.trade_id}: {span.quantity} without stop from {span.start_ms} to {end}, not journaled"

    def _money_faults(
        self, reports: list[Json], trades: list[OurTrade], loans: list[Json]
    ) -> Iterator[tuple[str, str]]:
        """The money of each new report; one whose fills are not those of the ledger is named already."""
        by_id = {trade.trade_id: trade for trade in trades}
        for report in reports[self._seen_reports :]:
            trade = by_id[report["trade_id"]]
            if len(report["fills"]) == len(trade.fills):
                yield from (("money", fault) for fault in money_faults(report, trade))
                yield from (("interest", fault) for fault in left_faults(report, trade, loans))
                yield from (("interest", fault) for fault in interest_faults(report, trade, loans))
        self._seen_reports = len(reports)

    def _is_told(self, span: Span, journal: list[Json]) -> bool:
        told = [line for line in journal if line["event"] in ("uncovered", "covered")]
        near = [line for line in told if abs(ms_of(line["since"]) - span.start_ms) <= self.reaction_ms]
        begun = [line for line in near if line["event"] == "uncovered" and line["why"] and line["quantity"] != "0"]
        return bool(begun) and (span.end_ms is not None or told[-1]["event"] == "uncovered")


def _state_faults(state: Json) -> Iterator[str]:
    """The two places in the state file that name the state agree."""
    position = state.get("position")
    if position is not None and position["status"] != state["state"]:
        yield f"state {state['state']}, but position.status {position['status']}"


def _journal_faults(state: Json, journal: list[Json]) -> Iterator[str]:
    """Transitions form a chain that ends at the state of the file, each with its cause; no line is missing."""
    moves = [line for line in journal if line["event"] == "transition"]
    for before, after in pairwise(moves):
        if before["to"] != after["from"]:
            yield f"the journal goes from {before['to']} (line {before['seq']}) on at {after['from']}"
    if moves and moves[-1]["to"] != state["state"]:
        yield f"the last transition leads to {moves[-1]['to']}, the state file says {state['state']}"
    yield from (f"journal line {move['seq']} has no cause" for move in moves if not move["cause"])
    numbers = [line["seq"] for line in journal]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"journal lines are missing or out of order: {numbers}"


def _unknown_orders(orders: list[Json], state: Json) -> Iterator[str]:
    """Every open order of ours stands in the record."""
    position = state.get("position") or {"orders": []}
    known = {order["client_id"] for order in position["orders"]}
    for order in orders:
        if _is_open(order) and order["clientOrderId"] not in known:
            yield f"{order['clientOrderId']} works at the venue, but the record does not know it"


def _verdict_faults(written: Written, verdicts: list[Json]) -> Iterator[str]:
    """Every complete PEAK line has a verdict, in rotated logs too; a verdict says why; a key is accepted once."""
    given = (verdict for verdict in verdicts if "verdict" in verdict)
    for offset, price in without_verdict(written.peaks(), given):
        yield f"a signal at byte {offset} of a log, at the price {price}, has no verdict"
    accepted = [verdict["key"] for verdict in verdicts if verdict.get("verdict") == "accepted"]
    yield from (f"{key} was accepted {accepted.count(key)} times" for key in set(accepted) if accepted.count(key) > 1)
    for verdict in verdicts:
        if "verdict" in verdict and verdict["verdict"] != "accepted" and not verdict["detail"]:
            yield f"the verdict {verdict['verdict']} on {verdict['key']} does not say why"


def _entry_faults(trade: OurTrade, verdicts: list[Json], plans: Mapping[str, Json]) -> Iterator[str]:
    """A signal leads to one entry at most: a limit order, and a market order only after its end.

    The plan is that of record or report, else the verdict's: one that a stop kept out of the record is made anew.
    """
    accepted = [one for one in verdicts if one.get("verdict") == "accepted" and one["trade_id"] == trade.trade_id]
    if len(accepted) != 1:
        yield f"{trade.trade_id} belongs to {len(accepted)} accepted signals"
    plan = plans.get(trade.trade_id) or next((verdict["measures"] for verdict in accepted), None)
    if plan is not None and trade.entered() > Decimal(plan["quantity"]):
        yield f"{trade.trade_id} entered {trade.entered()}, planned {plan['quantity']}"
    yield from trade.overlapping_entries()


def _closed_faults(state: Json, trades: list[OurTrade], orders: list[Json]) -> Iterator[str]:
    """In IDLE, CLOSED and COOLDOWN no order of ours is open and nothing above dust is held; at most one trade lives."""
    if state["state"] in RESTING_STATES:
        yield from (f"{state['state']} with {order['clientOrderId']} open" for order in orders if _is_open(order))
        for trade in trades:
            if trade.tradable(trade.held()):
                yield f"{state['state']} with {trade.held()} of {trade.trade_id} held"
    elif len([trade for trade in trades if trade.tradable(trade.held())]) > 1:
        yield f"several positions at once: {[trade.trade_id for trade in trades]}"


def _report_faults(reports: list[Json], trades: list[OurTrade], estimated_ms: int, unseen_ms: int) -> Iterator[str]:
    """A trade is reported once, with the uncovered time and the fills that the ledger shows.

    Of a stop that the network repeated the record keeps the second alone, and tells more uncovered time than there was.
    """
    by_id = {trade.trade_id: trade for trade in trades}
    ids = [report["trade_id"] for report in reports]
    yield from (f"{one} is reported {ids.count(one)} times" for one in set(ids) if ids.count(one) > 1)
    for report in reports:
        trade = by_id[report["trade_id"]]
        told, found = report["naked_ms"], trade.naked_ms()
        most = found + 50 + estimated_ms
        if told < found - 50 - unseen_ms or (told > most and not trade.repeated_ms):
            yield f"{trade.trade_id} reports {told} ms without stop, the ledger shows {found}"
        if len(report["fills"]) != len(trade.fills):
            yield f"{trade.trade_id} reports {len(report['fills'])} fills, the ledger shows {len(trade.fills)}"


def _missing_reports(state: Json, reports: list[Json], trades: list[OurTrade]) -> Iterator[str]:
    """A trade that is over and had a fill is reported."""
    position = state.get("position")
    known = {report["trade_id"] for report in reports} | ({position["trade_id"]} if position is not None else set())
    for trade in trades:
        if trade.fills and trade.trade_id not in known:
            yield f"{trade.trade_id} is over, and no report tells of it"


def _by_hand(state: Json, reports: list[Json]) -> dict[str, tuple[tuple[int, Decimal], ...]]:
    """What the record or the report of a trade says that the owner traded by hand: times and quantities."""
    return {
        one["trade_id"]: tuple((trade["time_ms"], Decimal(trade["quantity"])) for trade in one["external"])
        for one in _told_of(state, reports)
    }


def _told_of(state: Json, reports: list[Json]) -> list[Json]:
    """What is told of each trade, by its report or still by the record."""
    return [*reports, state["position"]] if state.get("position") else reports


def _is_open(order: Json) -> bool:
    return order["status"] in ("NEW", "PENDING_NEW", "PARTIALLY_FILLED")
