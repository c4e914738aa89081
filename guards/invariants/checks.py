"""I1 to I13. A check answers with a fault, or None where it holds or does not apply."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from exchange.instrument import plain
from guards.invariants.settings import InvariantSettings
from guards.invariants.snapshot import PositionView, Snapshot
from signals.direction import Direction

QUARTER_HOUR_MS = 900_000
WARN_REJECTIONS, ERROR_REJECTIONS = 3, 6
TRAIL_LOOKS_MISSED = 3
"""A trailing stop that was not looked at for this many periods is not being trailed."""
EXITS = ("OPEN_FILLED", "TRAILING")


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold. `grows` says that its severity comes from its age; otherwise `error` decides at once."""

    text: str
    grows: bool = True
    error: bool = True


Check = Callable[[Snapshot, InvariantSettings], Fault | None]


def covered(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I1: a held position has a working stop for all of its quantity."""
    position = snapshot.position
    if position is None:
        return None
    bare = position.held - snapshot.stop_quantity
    if not snapshot.instrument.sellable(bare, position.sl):
        return None
    return Fault(f"{plain(bare)} of {plain(position.held)} held without a working stop")


def prices_in_order(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I2: sl < entry < tp1 < tp2, mirrored for SHORT, a tick apart; after TP1 the stop is at breakeven or better."""
    position = snapshot.position
    if position is None:
        return None
    sign = _sign(position)
    for lower, higher in pairwise(position.prices):
        if (higher - lower) * sign < snapshot.instrument.tick_size:
            return Fault(f"prices out of order: {', '.join(map(plain, position.prices))}", grows=False)
    average = position.average_entry
    if position.breakeven_due and average is not None and (position.sl - average) * sign < 0:
        return Fault(f"after TP1 the stop {plain(position.sl)} is worse than the entry {plain(average)}", grows=False)
    return None


def legs_add_up(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I3: leg quantities add up to the position's quantity; no open leg is below the minimum."""
    position = snapshot.position
    if position is None or not position.legs or snapshot.state not in EXITS:
        return None
    total, step = sum((leg.quantity for leg in position.legs), Decimal(0)), snapshot.instrument.step_size
    if not position.exits_least - step < total < position.exits_most + step:
        return Fault(f"legs add up to {plain(total)}, the position is {_range(position)}", grows=False)
    for leg in position.legs:
        if not leg.closed and 0 < leg.quantity < snapshot.instrument.min_quantity:
            return Fault(f"leg {leg.number} has {plain(leg.quantity)}, below the venue's minimum", grows=False)
    return None


def entry_known(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I4: PENDING and OPEN know their entry: client order id, order id or in doubt, mode, quantity.

    Until it was sent there is none to know: PENDING may wait for its funds as long as the entry is still wanted.
    """
    if snapshot.state not in ("PENDING", "OPEN"):
        return None
    entry = snapshot.position.entry if snapshot.position else None
    if entry is None:
        awaited = snapshot.position is not None and snapshot.position.entry_awaited
        return None if awaited else Fault("no entry order is known")
    if entry.order_id is None and not entry.in_doubt:
        return Fault(f"entry {entry.client_id} has no order id and is not in doubt")
    if not entry.client_id or not entry.mode or entry.quantity <= 0:
        return Fault(f"entry {entry.client_id!r}: mode {entry.mode!r}, quantity {plain(entry.quantity)}", grows=False)
    return None


def trailing_sound(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I5: TRAILING has a runner that can be traded, a stop price, and was looked at not long ago."""
    position = snapshot.position
    if snapshot.state != "TRAILING" or position is None:
        return None
    if position.sl <= 0 or not snapshot.instrument.sellable(position.held, position.sl):
        return Fault(f"trailing {plain(position.held)} with a stop at {plain(position.sl)}")
    longest_ms = TRAIL_LOOKS_MISSED * max(snapshot.trail_every_s, 1) * 1000
    looked = position.trail_looked_ms
    if looked is not None and snapshot.now_ms - looked > longest_ms:
        return Fault(f"the trailing stop was last looked at {(snapshot.now_ms - looked) // 1000} s ago")
    return None


def feed_fresh(snapshot: Snapshot, settings: InvariantSettings) -> Fault | None:
    """I6: while trailing by bars, the feed is younger than INVAR_FEED_STALE_SEC."""
    if snapshot.state != "TRAILING" or not snapshot.trails_by_bars:
        return None
    if snapshot.newest_bar_ms is None:
        return Fault("there are no bars to trail by")
    age_s = (snapshot.now_ms - snapshot.newest_bar_ms) // 1000
    return Fault(f"the newest bar is {age_s} s old") if age_s > settings.feed_stale_s else None


def targets_work(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I7: OPEN_FILLED has a working target for every leg that should have one."""
    if snapshot.state != "OPEN_FILLED" or snapshot.position is None:
        return None
    working = {order.leg for order in snapshot.working if order.is_target or order.has_triggered}
    missing = [
        str(leg.number)
        for leg in snapshot.position.legs
        if leg.target is not None
        and not (leg.closed or leg.leaving)
        and leg.number not in working
        and snapshot.instrument.sellable(leg.left, snapshot.position.sl)
    ]
    return Fault(f"no working target for leg {', '.join(missing)}") if missing else None


def shape_sound(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I8: the record has the shape its schema demands."""
    return Fault(f"record: {snapshot.shape_fault}", grows=False) if snapshot.shape_fault else None


def trailing_stop_works(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I9: TRAILING has its stop at the venue."""
    position = snapshot.position
    if snapshot.state != "TRAILING" or position is None or any(order.is_stop for order in snapshot.working):
        return None
    held = snapshot.instrument.sellable(position.held, position.sl)
    return Fault("the trailing stop does not work at the venue") if held else None


def few_rejections(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I10: no repeating order rejections: 3 in 15 minutes WARN, 6 ERROR."""
    recent = sum(1 for time_ms in snapshot.rejections_ms if snapshot.now_ms - time_ms <= QUARTER_HOUR_MS)
    if recent < WARN_REJECTIONS:
        return None
    text = f"{recent} orders were rejected within 15 minutes"
    return Fault(text, grows=False, error=recent >= ERROR_REJECTIONS)


def margin_settings_agree(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I11: manual goes with NO_SIDE_EFFECT, auto with a side effect."""
    margin = snapshot.margin
    if margin is None or (margin.borrow_mode == "manual") == (margin.side_effect == "NO_SIDE_EFFECT"):
        return None
    return Fault(f"MARGIN_BORROW_MODE={margin.borrow_mode} with MARGIN_SIDE_EFFECT={margin.side_effect}", grows=False)


def one_trade_key(snapshot: Snapshot, _settings: InvariantSettings) -> Fault | None:
    """I12: hooks, record and debt all name one trade key."""
    margin = snapshot.margin
    if margin is None or snapshot.position is None:
        return None
    keys = {snapshot.position.trade_id, *(key for key in (margin.hooks_key, margin.debt_key) if key is not None)}
    return Fault(f"trade keys differ: {', '.join(sorted(keys))}") if len(keys) > 1 else None


def debt_repaid(snapshot: Snapshot, settings: InvariantSettings) -> Fault | None:
    """I13: after a close the venue shows no debt of ours; asked after I13_GRACE_SEC, ERROR I13_ESCALATE_SEC later."""
    margin = snapshot.margin
    if margin is None or margin.debt <= 0 or snapshot.position is not None or snapshot.closed_ms is None:
        return None
    age_s = (snapshot.now_ms - snapshot.closed_ms) // 1000
    if age_s < settings.debt_grace_s:
        return None
    text = f"{age_s} s after the close the venue shows a debt of ours of {plain(margin.debt)}"
    return Fault(text, grows=False, error=age_s >= settings.debt_grace_s + settings.debt_escalate_s)


CHECKS: dict[str, Check] = {
    "I1": covered,
    "I2": prices_in_order,
    "I3": legs_add_up,
    "I4": entry_known,
    "I5": trailing_sound,
    "I6": feed_fresh,
    "I7": targets_work,
    "I8": shape_sound,
    "I9": trailing_stop_works,
    "I10": few_rejections,
    "I11": margin_settings_agree,
    "I12": one_trade_key,
    "I13": debt_repaid,
}


def _range(position: PositionView) -> str:
    least, most = plain(position.exits_least), plain(position.exits_most)
    return least if least == most else f"{least} to {most}"


def _sign(position: PositionView) -> int:
    return 1 if position.direction is Direction.LONG else -1
