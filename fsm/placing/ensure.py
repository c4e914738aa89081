"""Make the venue look like the record says it should: place, replace and cancel, one step at a time.

Before each request the intent is on disk: together with the state that asks for it, and with the intents of all exits,
or of all lists of an entry, that are placed in a row, so that a position waits for one save and not for several. After
each request one of four outcomes is folded into the record: confirmed, rejected, denied, in doubt. Nothing that the
venue or the network does raises out of here: what could not be done is left to the next pass, and the record says why.
"""

from collections.abc import Callable

from exchange.ids import Role
from exchange.types import (
    BracketRequest,
    Confirmed,
    Denied,
    InDoubt,
    OcoRequest,
    OrderRequest,
    Outcome,
    Reason,
    Rejected,
    Venue,
)
from fsm.entering import entry_due_ms
from fsm.margin_desk import MarginDesk
from fsm.memory import Memory
from fsm.orders import DENIED, NOT_PLACED, Order, OrderStatus
from fsm.placing.desired import Wanted, desired
from fsm.placing.refused import backing_off, past_their_level, without_list
from fsm.placing.requests import Request, intended, request_for
from fsm.placing.resting import resting_legs
from fsm.placing.steps import Cancel, Place, Replace, Step, all_work, next_step
from fsm.position import Position
from fsm.reconcile import fold
from fsm.settings import FsmSettings
from fsm.states import WITH_POSITION
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity
from fsm.watching.observe import Observer

MOST_STEPS = 40
"""A pass that needs more requests than this goes on in the next one."""
FIRST_PAUSE_MS = 500
"""Base of the waits between market exits that were refused: 1 s, 2 s, 4 s, until EXITS_RETRY_EVERY_SEC."""

Intent = tuple[Request, tuple[Order, ...]]
"""A request, and its orders as the record knows them."""


class Ensure:
    """`ensure()` closes the gap between what should work and what works, for the position in memory."""

    def __init__(
        self,
        memory: Memory,
        venue: Venue,
        observer: Observer,
        margin: MarginDesk,
        settings: FsmSettings,
        tell: Tell,
        now_ms: Callable[[], int],
    ) -> None:
        self._memory = memory
        self._venue = venue
        self._observer = observer
        self._margin = margin
        self._settings = settings
        self._tell = tell
        self._now_ms = now_ms
        self._row: tuple[Intent, ...] = ()
        """What `intend` has put into the record and the next pass sends first."""

    def intend(self) -> None:
        """Put what is sent first into the record; an entry that may have to borrow before is not among it."""
        if self._memory.record.state not in WITH_POSITION:
            return
        step = self._next(frozenset())
        if isinstance(step, Place) and (self._margin.on_spot or not step.wanted.kind.is_entry):
            self._row = self._intend_row(step, frozenset())

    def __call__(self) -> int:
        """Run one pass and return the number of steps taken at the venue."""
        if self._memory.record.state not in WITH_POSITION:
            return 0
        row, self._row = self._row, ()
        waiting = set(self._send_row(row)) if row else set()
        for done in range(bool(row), MOST_STEPS):
            step = self._next(frozenset(waiting))
            if step is None:
                self._forget_failures()
                return done
            waiting |= self._take(step, frozenset(waiting))
        return MOST_STEPS

    def _next(self, waiting: frozenset[int]) -> Step | None:
        """Nothing as long as an earlier process may have sent what it could not write down: an id is used once."""
        position = self._memory.position
        if not self._observer.knows_all_of(position):
            return None
        wanted = self._wanted(position)
        if self._now_ms() < position.next_try_ms:
            wanted = tuple(without_list(group, position) for group in wanted)
            waiting |= backing_off(position)
        waiting |= resting_legs(position, self._now_ms()) | past_their_level(position)
        return self._next_step(wanted, waiting)

    def _next_step(self, wanted: tuple[Wanted, ...], waiting: frozenset[int] = frozenset()) -> Step | None:
        return next_step(
            self._memory.position,
            wanted,
            self._venue.instrument,
            can_replace=self._venue.can_replace,
            waiting=waiting,
        )

    def _wanted(self, position: Position) -> tuple[Wanted, ...]:
        at_market = self._settings.entry_mode == "MARKET_ONLY"
        groups = desired(
            position,
            self._venue.instrument,
            entry_at_market=at_market,
            gap_ticks=self._settings.stop_limit_gap_ticks,
        )
        return tuple(group for group in groups if self._is_due(group, position))

    def _is_due(self, wanted: Wanted, position: Position) -> bool:
        """An entry, or a leg's, that could not be sent is given up in time."""
        sent = any(order.leg == wanted.leg for order in position.entries)
        if not wanted.kind.is_entry or sent or position.remainder is not None:
            return True
        return self._now_ms() <= entry_due_ms(position, self._settings)

    def _take(self, step: Step, waiting: frozenset[int]) -> frozenset[int]:
        """Do one step, or place several exits in a row; the legs that have to wait for the next pass.

        The leg of a refused list does not: its stop goes alone.
        """
        match step:
            case Place(wanted, _):
                if wanted.kind.is_entry and not self._margin.funds_ready():
                    return frozenset({wanted.leg})
                return self._send_row(self._intend_row(step, waiting))
            case Cancel(order):
                done = self._cancel(order)
            case Replace(old, wanted, revision):
                done = self._replace(old, wanted, revision)
        return frozenset() if done else frozenset({_leg_of(step)})

    # --- placing
    def _intend_row(self, first: Place, waiting: frozenset[int]) -> tuple[Intent, ...]:
        """Put the intents of the entry, or of its legs, into the record, or of all exits that can be placed now."""
        row = [self._intend(first)]
        step = self._next(waiting)
        while isinstance(step, Place) and step.wanted.kind.is_entry == first.wanted.kind.is_entry:
            row.append(self._intend(step))
            step = self._next(waiting)
        return tuple(row)

    def _intend(self, step: Place) -> Intent:
        request = request_for(self._memory.position, step.wanted, step.revision)
        orders = intended(step.wanted, request, step.revision, self._now_ms())
        self._put_orders(orders)
        return request, orders

    def _send_row(self, row: tuple[Intent, ...]) -> frozenset[int]:
        """One save for all, then their requests; the legs that have to wait.

        Without its intent on disk no entry is sent; protection goes on with a disk that fails.
        """
        waiting = self._send_each(row)
        self._observer.ask_arming()
        return waiting

    def _send_each(self, row: tuple[Intent, ...]) -> frozenset[int]:
        is_saved = self._memory.save()
        for number, (request, orders) in enumerate(row, start=1):
            if orders[0].role is Role.ENTRY and not is_saved:
                self._withdraw(row[number:])
                return self._refuse_unsaved(orders)
            outcome = self._send(request)
            done = self._fold_placed(orders, outcome)
            if not isinstance(outcome, Confirmed):
                self._withdraw(row[number:])
                return frozenset() if done else frozenset({orders[0].leg})
        return frozenset()

    def _refuse_unsaved(self, orders: tuple[Order, ...]) -> frozenset[int]:
        text = "the intent could not be saved, so the entry was not sent"
        self._put_orders(tuple(_refused(order, DENIED, text, self._now_ms()) for order in orders))
        return frozenset({orders[0].leg})

    def _withdraw(self, unsent: tuple[Intent, ...]) -> None:
        """An answer may change what the others should be: what was not sent yet is decided anew."""
        orders = tuple(order for _, orders in unsent for order in orders)
        self._memory.put_position(self._memory.position.without_orders(orders))

    def _send(self, request: Request) -> Outcome:
        match request:
            case BracketRequest():
                return self._venue.place_bracket(request)
            case OcoRequest():
                return self._venue.place_oco(request)
            case OrderRequest():
                return self._venue.place(request)

    def _fold_placed(self, orders: tuple[Order, ...], outcome: Outcome) -> bool:
        match outcome:
            case Confirmed(reports):
                for report in reports:
                    self._memory.put_position(fold(self._memory.position, report))
                self._observer.complete_fills()
                return True
            case Rejected(Reason.DUPLICATE_ID):
                return self._doubt(orders, self._now_ms())
            case Rejected(reason, code, text):
                self._note_refusal(orders, reason, f"{code} {text}")
                return orders[0].list_id is not None and reason is not Reason.PRICE_PASSED
            case Denied(text, retry_after_ms):
                now = self._now_ms()
                self._put_orders(tuple(_refused(order, DENIED, text, now) for order in orders))
                self._wait_until(now + retry_after_ms)
                return False
            case InDoubt(text, settled_after_ms):
                self._announce(Severity.WARN, "order_in_doubt", f"{orders[0].client_id}: {text}")
                return self._doubt(orders, settled_after_ms)

    def _doubt(self, orders: tuple[Order, ...], settled_after_ms: int) -> bool:
        """It may have happened: from here only a query may follow, and the first one does at once."""
        doubted = tuple(order.to(OrderStatus.IN_DOUBT, settled_after_ms=settled_after_ms) for order in orders)
        self._put_orders(doubted)
        self._observer.settle()
        return all(order.live and not order.unsettled for order in map(self._current, orders))

    def _note_refusal(self, orders: tuple[Order, ...], reason: Reason, text: str) -> None:
        """A refusal with a rule of its own (price passed, market closed, new filters) is no failure of protection."""
        now = self._now_ms()
        self._put_orders(_refused_together(orders, reason, text, now))
        self._announce(Severity.WARN, "order_rejected", f"{orders[0].client_id}: {text}")
        if orders[0].role is Role.ENTRY or reason is Reason.PRICE_PASSED:
            return
        if reason is Reason.FILTER and self._observer.rules_changed():
            return
        position = self._memory.position
        failures = position.exit_failures + (0 if reason is Reason.MARKET_CLOSED else 1)
        self._memory.put_position(position.model_copy(update={"exit_failures": failures}))
        self._wait_until(now + self._pause_ms(orders[0].role))

    def _pause_ms(self, role: Role) -> int:
        """How long a refused exit waits. What leaves at market has no stop any more, so its first waits are short."""
        longest = self._settings.exits_retry_s * 1000
        if role is not Role.MARKET_EXIT:
            return longest
        refused = sum(order.refusal is not None for order in self._memory.position.of_role(role))
        return min(FIRST_PAUSE_MS << min(refused, 10), longest)

    def _forget_failures(self) -> None:
        """Failures are counted in a row: they are over when all that is wanted works."""
        position = self._memory.position
        if position.exit_failures and not position.unsettled and all_work(self._wanted(position), position):
            self._memory.put_position(position.model_copy(update={"exit_failures": 0, "next_try_ms": 0}))

    def _wait_until(self, next_try_ms: int) -> None:
        self._memory.put_position(self._memory.position.model_copy(update={"next_try_ms": next_try_ms}))

    # --- cancelling
    def _cancel(self, order: Order) -> bool:
        self._mark_cancel(order)
        outcome = self._venue.cancel(order.client_id)
        self._fold_canceled(order, outcome)
        if self._current(order).live:
            return False
        self._retry_what_lacked_coins()
        return True

    def _retry_what_lacked_coins(self) -> None:
        """What was refused last, for lack of balance, need not wait any longer: an order that locked it is gone."""
        if self._memory.position.lacked_coins:
            self._wait_until(0)

    def _mark_cancel(self, order: Order) -> None:
        """From now on its end is our doing, not the owner's; a list ends as a whole."""
        family = (other for other in self._memory.position.live_orders if _same_request(order, other))
        self._put_orders(tuple(other.model_copy(update={"cancel_sent": True}) for other in family))
        self._memory.save()

    def _fold_canceled(self, order: Order, outcome: Outcome) -> None:
        match outcome:
            case Confirmed(reports):
                for report in reports:
                    self._memory.put_position(fold(self._memory.position, report))
                self._observer.complete_fills()
            case Denied(text, retry_after_ms):
                self._announce(Severity.WARN, "cancel_denied", f"{order.client_id}: {text}")
                self._wait_until(self._now_ms() + retry_after_ms)
            case Rejected() | InDoubt():
                self._observer.ask(order.client_id)

    # --- replacing
    def _replace(self, old: Order, wanted: Wanted, revision: int) -> bool:
        request = request_for(self._memory.position, wanted, revision)
        if not isinstance(request, OrderRequest):
            raise TypeError(f"{wanted.kind} cannot replace {old.client_id}: only a lone order can")
        orders = intended(wanted, request, revision, self._now_ms())
        self._put_orders(orders)
        self._mark_cancel(old)
        answer = self._venue.replace(old.client_id, request)
        self._fold_canceled(old, answer.canceled)
        if answer.placed is None:
            not_attempted = "not attempted: the order it should replace could not be cancelled"
            self._put_orders(tuple(_refused(order, DENIED, not_attempted, self._now_ms()) for order in orders))
            return False
        return self._fold_placed(orders, answer.placed)

    # --- the record
    def _put_orders(self, orders: tuple[Order, ...]) -> None:
        for order in orders:
            self._memory.put_position(self._memory.position.with_order(order))

    def _current(self, order: Order) -> Order:
        return self._memory.position.order(order.client_id) or order

    def _announce(self, severity: Severity, event: str, text: str) -> None:
        self._tell(Announcement(severity, event, text, {"trade_id": self._memory.position.trade_id}))


def _refused(order: Order, refusal: str, text: str, now_ms: int) -> Order:
    return order.to(OrderStatus.REJECTED, refusal=refusal, why=text, ended_ms=now_ms)


def _refused_together(orders: tuple[Order, ...], reason: Reason, text: str, now_ms: int) -> tuple[Order, ...]:
    """Where an entry was refused, its exits were not judged by themselves."""
    entered = orders[0].role is Role.ENTRY
    return tuple(
        _refused(order, NOT_PLACED if entered and order.role is not Role.ENTRY else reason.value, text, now_ms)
        for order in orders
    )


def _same_request(order: Order, other: Order) -> bool:
    return other.client_id == order.client_id or (order.list_id is not None and other.list_id == order.list_id)


def _leg_of(step: Step) -> int:
    return step.order.leg if isinstance(step, Cancel) else step.wanted.leg
