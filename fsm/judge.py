"""From one line of the signal log to a stored verdict and, if accepted, to the values an entry needs.

All facts were read beforehand and say how old they are; nothing is requested for an entry that is allowed. Only what a
margin account would be refused for is read once more: the owner may just have added collateral.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from exchange.ids import trade_id
from exchange.instrument import Instrument, plain
from exchange.types import Side
from fsm.numbers import ZERO
from fsm.planning.plan import Plan, PlanRefused, make_plan
from fsm.record import Record
from fsm.settings import FsmSettings
from fsm.storage.json_lines import iso
from fsm.watching.surroundings import Surroundings
from guards.chain import judge
from guards.facts import Facts
from guards.margin_need import borrowed_asset
from guards.settings import GuardSettings
from guards.verdict import Refusal, Verdict
from signals.bars import signal_bar, window
from signals.direction import Direction
from signals.key import dedup_key
from signals.line import Line
from signals.peak import Malformed, NotPeak, Peak, parse_line
from signals.settings import SignalSettings

OF_THE_ACCOUNT = frozenset({"margin_level", "margin_borrow"})
"""Guards whose refusal the owner may have lifted since the account was read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged line: its verdict, its dedup key, and the details of the entry when accepted."""

    line: Line
    verdict: Verdict
    signal: Peak | Malformed
    key: str | None = None
    trade_id: str | None = None
    details: dict[str, Any] | None = None

    def stored(self, now_ms: int) -> dict[str, object]:
        """The verdict line of `signals.jsonl`."""
        refusal = self.verdict.refusal
        entry: dict[str, object] = {
            "time": iso(now_ms),
            "offset": self.line.offset,
            "key": self.key,
            "signal": _shown(self.signal),
            "verdict": self.verdict.name,
            "detail": refusal.detail if refusal else None,
            "measured": refusal.measured if refusal else None,
            "threshold": refusal.threshold if refusal else None,
            "until": iso(refusal.until_ms) if refusal and refusal.until_ms else None,
            "measures": dict(self.verdict.measures),
            "settings": dict(self.verdict.settings),
        }
        return entry if self.trade_id is None else {**entry, "trade_id": self.trade_id}


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges lines against the record and its surroundings."""

    signals: SignalSettings
    guards: GuardSettings
    plans: FsmSettings
    surroundings: Surroundings
    instrument: Callable[[], Instrument]
    problem: Callable[[], str | None]
    """Why the venue's state is not clear, if it is not."""
    pause: Callable[[], str | None]
    """Why no entry is made at all, if so."""
    on_margin: bool = False
    orders_repay: bool = False

    def read(self, line: Line, record: Record, now_ms: int) -> Judged | None:
        """The verdict on a line; None for a line that is no PEAK."""
        signal = parse_line(line.raw, self.signals.strict_source)
        if isinstance(signal, NotPeak):
            return None
        if isinstance(signal, Malformed):
            return Judged(line, Verdict(Refusal("malformed", signal.reason)), signal)
        return self._judge(line, signal, record, now_ms)

    def seen_at_start(self, line: Line) -> Judged | None:
        """The verdict on a line that was in the log before the program first looked."""
        signal = parse_line(line.raw, self.signals.strict_source)
        if not isinstance(signal, Peak):
            return None
        refusal = Refusal("seen_at_start", "It was in the log before the first start.")
        return Judged(line, Verdict(refusal), signal, self.key_of(signal))

    def key_of(self, peak: Peak) -> str:
        return dedup_key(peak, self.signals.key_decimals)

    def _judge(self, line: Line, peak: Peak, record: Record, now_ms: int) -> Judged:
        key = self.key_of(peak)
        facts = self._facts(peak, key, record, now_ms)
        verdict = judge(facts, self.guards)
        if verdict.name in OF_THE_ACCOUNT:
            self.surroundings.renew_margin(borrowed_asset(_entry_side(peak), self.instrument()))
            facts = self._facts(peak, key, record, max(now_ms, self.surroundings.balances_ms or now_ms))
            verdict = judge(facts, self.guards)
        if not verdict.accepted:
            return Judged(line, verdict, peak, key)
        plan = facts.plan()
        identity = trade_id(key, peak.time_ms, "L" if peak.direction is Direction.LONG else "S")
        details = {
            "verdict": verdict,
            "peak": peak,
            "plan": plan,
            "key": key,
            "trade_id": identity,
            "rates": self.surroundings.rates,
            "ratio": self.surroundings.ratio,
            "free_base": self._free_base(),
            "lock_ms": self.guards.lock_s * 1000,
        }
        return Judged(line, verdict, peak, key, identity, details)

    def _free_base(self) -> Decimal:
        balance = (self.surroundings.balances or {}).get(self.instrument().base)
        return ZERO if balance is None else balance.free

    def _facts(self, peak: Peak, key: str, record: Record, now_ms: int) -> Facts:
        around = self.surroundings
        return Facts(
            now_ms=now_ms,
            signal_ms=peak.time_ms,
            key=key,
            direction=peak.direction,
            paused=self.pause(),
            seen=record.meta.seen_keys,
            state=record.state,
            lock_until_ms=record.lock_until,
            cooldown_until_ms=record.cooldown_until,
            venue_problem=self.problem(),
            instrument=self.instrument(),
            quote=around.quote,
            balances=around.balances,
            balances_ms=around.balances_ms,
            rates=around.rates,
            plan=cache(lambda: self._plan(peak)),
            enters_at_market=self.plans.entry_mode == "MARKET_ONLY",
            may_go_to_market=self.plans.entry_mode != "LIMIT_ONLY",
            margin=self.on_margin,
            margin_level=around.margin_level,
            borrowable=around.lendable.known(),
            borrowable_ms=around.lendable.known_ms(),
            orders_repay=self.orders_repay,
            carried=record.mg_runtime.carried,
        )

    def _plan(self, peak: Peak) -> Plan | PlanRefused:
        view = self.surroundings.read_bars()
        if view.problem is not None:
            return PlanRefused("no_bars", view.problem, None, view.problem)
        if self.surroundings.other_market and self.surroundings.ratio is None:
            return PlanRefused("bad_plan", None, None, "no mid prices to convert the signal's prices with")
        bar = signal_bar(view.bars, peak.time_ms, self.signals.max_bar_age_s)
        if bar is None:
            newest = iso(view.bars[-1].time_ms) if view.bars else None
            text = f"no bar at {iso(peak.time_ms)} or within {self.signals.max_bar_age_s} s before it"
            return PlanRefused("no_bars", newest, str(self.signals.max_bar_age_s), text)
        return make_plan(
            bar.close,
            peak.direction,
            window(view.bars, bar, self.plans.swing_minutes),
            instrument=self.instrument(),
            rates=self.surroundings.rates,
            settings=self.plans,
            ratio=self.surroundings.ratio,
        )


def _entry_side(peak: Peak) -> Side:
    return Side.BUY if peak.direction is Direction.LONG else Side.SELL


def _shown(signal: Peak | Malformed) -> dict[str, str] | str:
    if isinstance(signal, Malformed):
        return signal.text
    return {"ts": iso(signal.time_ms), "kind": signal.direction.lower(), "price": plain(signal.price)}
