"""From what works to what should work, one step at a time, the most quantity covered at every moment.

`next_step` looks at the record and the wanted groups and names the single next thing to ask of the venue. After each
answer the record has changed and it is asked again, until nothing differs or all that differs has to wait. The order:

1. entries are withdrawn before anything else (more of them could fill);
2. a group that is missing is placed, as long as the coins it needs are not locked by another;
3. a lone stop that should be another lone stop is replaced in one request, where the venue can;
4. a group that differs, or that nobody wants, is cancelled: the next step places what takes its stead.

A leg with an order in doubt has to wait for the answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchange.ids import Role
from exchange.instrument import Instrument
from fsm.bracket import waits
from fsm.numbers import ZERO
from fsm.orders import Order
from fsm.placing.desired import WHOLE, Kind, Wanted
from fsm.position import Position


@dataclass(frozen=True, slots=True)
class Place:
    wanted: Wanted
    revision: int


@dataclass(frozen=True, slots=True)
class Replace:
    """Cancel the lone stop `old` and place `wanted` in one request."""

    old: Order
    wanted: Wanted
    revision: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one order; if it belongs to a list, the venue cancels the list."""

    order: Order


Step = Place | Replace | Cancel


def next_step(
    position: Position,
    wanted: tuple[Wanted, ...],
    instrument: Instrument,
    *,
    can_replace: bool,
    waiting: frozenset[int] = frozenset(),
) -> Step | None:
    """The next request, or None; legs in `waiting` are left alone in this pass."""
    resting = waiting | {order.leg for order in position.unsettled if order.role is not Role.ENTRY}
    unwanted = _unwanted(position, wanted)
    entries = [group[0] for group in unwanted if group[0].role is Role.ENTRY]
    for entry in entries:
        if entry.at_venue:
            return Cancel(entry)
    missing = [
        group
        for group in wanted
        if not _works(group, position) and group.leg not in (waiting if group.kind.is_entry else resting)
    ]
    unwanted = [group for group in unwanted if group[0] not in entries and group[0].leg not in resting]
    return _place(missing, position, instrument) or _change(
        unwanted, missing, position, instrument, can_replace=can_replace
    )


def _place(missing: list[Wanted], position: Position, instrument: Instrument) -> Place | None:
    for wanted in missing:
        if wanted.kind.is_entry and not _is_entering(position, wanted.leg):
            return Place(wanted, _revision(position, wanted))
        if not wanted.kind.is_entry and _is_free(wanted, position, instrument):
            return Place(wanted, _revision(position, wanted))
    return None


def _is_entering(position: Position, leg: int) -> bool:
    """True while an entry of the leg lives; what enters as a whole waits for all of them."""
    return any(order.live for order in position.entries if leg in (order.leg, WHOLE))


def _change(
    unwanted: list[tuple[Order, ...]],
    missing: list[Wanted],
    position: Position,
    instrument: Instrument,
    *,
    can_replace: bool,
) -> Replace | Cancel | None:
    """Where the heir of a stop would offer more than is held, another group gives way first."""
    lone_stops = [group for group in unwanted if _is_lone_stop(group, position)]
    replacing = _replacements(lone_stops, missing, position) if can_replace else []
    fitting = (step for step in replacing if _is_free(step.wanted, position, instrument, instead_of=step.old))
    step = next(fitting, None)
    if step is not None or not replacing:
        return step or _cancel(next(iter(lone_stops or unwanted), ()))
    too_large = [group for group in unwanted if group[0] != replacing[0].old]
    return _cancel(too_large[0]) if too_large else replacing[0]


def _replacements(lone_stops: list[tuple[Order, ...]], missing: list[Wanted], position: Position) -> list[Replace]:
    """Each lone stop with the one that takes its place: first those of the same leg, the others with the last."""
    heirs = [wanted for wanted in missing if wanted.kind is Kind.STOP]
    pairs = [(group[0], heir) for group in lone_stops for heir in heirs if heir.leg == group[0].leg]
    paired = [old for old, _ in pairs]
    pairs += [(group[0], heirs[-1]) for group in lone_stops if heirs and group[0] not in paired]
    return [Replace(old, heir, _revision(position, heir)) for old, heir in pairs]


def _cancel(group: tuple[Order, ...]) -> Cancel | None:
    """Cancelling any member ends the whole list; one that is still in doubt is asked for first."""
    order = next((order for order in group if order.at_venue), None)
    return Cancel(order) if order is not None else None


def _live_groups(position: Position) -> list[tuple[Order, ...]]:
    """Live orders by the request that placed them; an entry stands first."""
    groups: dict[str, tuple[Order, ...]] = {}
    for order in sorted(position.live_orders, key=lambda order: order.role is not Role.ENTRY):
        key = order.list_id or order.client_id
        groups[key] = (*groups.get(key, ()), order)
    return list(groups.values())


def all_work(wanted: tuple[Wanted, ...], position: Position) -> bool:
    """True if nothing that is wanted is missing."""
    return all(_works(group, position) for group in wanted)


def _works(wanted: Wanted, position: Position) -> bool:
    return any(_same(wanted, group) for group in _live_groups(position))


def _unwanted(position: Position, wanted: tuple[Wanted, ...]) -> list[tuple[Order, ...]]:
    """The groups that nobody wants: of two that are alike, for an ended one came to life again, one is enough."""
    unwanted, missing = [], list(wanted)
    for group in _live_groups(position):
        served = next((candidate for candidate in missing if _same(candidate, group)), None)
        if served is None:
            unwanted.append(group)
        else:
            missing.remove(served)
    return unwanted


def _same(wanted: Wanted, group: tuple[Order, ...]) -> bool:
    """True if the group is what is wanted: leg, roles, prices, and what is left of the quantity.

    An entry is the same as long as it lives: what it has filled does not make it another. A market exit at the venue is
    left to its end. A stop that triggered is leaving already, alone, for its target has expired: it is left to its end,
    until the leg has to leave at market.
    """
    if wanted.leg != group[0].leg:
        return False
    if [order.role for order in group if order.triggered_ms is not None] == [Role.STOP]:
        return Role.STOP in wanted.roles
    if {order.role for order in group} != set(wanted.roles):
        return False
    if group[0].role in (Role.ENTRY, Role.MARKET_EXIT):
        return True
    return all(_same_order(wanted, order) for order in group)


def _same_order(wanted: Wanted, order: Order) -> bool:
    if order.open_quantity != wanted.quantity:
        return False
    if order.role is Role.TARGET:
        return order.price == wanted.price
    return (order.stop_price, order.price) == (wanted.stop, wanted.stop_limit)


def _is_lone_stop(group: tuple[Order, ...], position: Position) -> bool:
    """A stop that can still be replaced: by itself, and not yet triggered; the entry it came with is over."""
    first = group[0]
    if len(group) > 1 or first.role is not Role.STOP or not first.at_venue:
        return False
    listed = [order for order in position.orders if order.list_id == first.list_id and order is not first]
    return first.list_id is None or [order.role for order in listed] == [Role.ENTRY]


def _is_free(wanted: Wanted, position: Position, instrument: Instrument, *, instead_of: Order | None = None) -> bool:
    """True if the leg has no other exit and the coins are not locked by those of other legs."""
    exits = (order for order in position.live_orders if order.role is not Role.ENTRY and order is not instead_of)
    others = [order for order in exits if not waits(position, order)]
    if any(order.leg == wanted.leg for order in others):
        return False
    return _locked(others) + wanted.quantity <= position.tradable(instrument)


def _locked(orders: Iterable[Order]) -> Decimal:
    """What the exits lock: the members of a list lock the same coins once (Binance docs: order lists)."""
    by_request: dict[str, Decimal] = {}
    for order in orders:
        key = order.list_id or order.client_id
        by_request[key] = max(by_request.get(key, ZERO), order.open_quantity)
    return sum(by_request.values(), ZERO)


def _revision(position: Position, wanted: Wanted) -> int:
    """One more than any order of the leg and these roles has had: an id is used once in a trade."""
    used = [order.revision for order in position.orders if order.leg == wanted.leg and order.role in wanted.roles]
    return max(used, default=-1) + 1
