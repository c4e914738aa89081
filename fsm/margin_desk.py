"""The margin hooks at their moments of the lifecycle, with the record as their memory; on spot all is always ready."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from exchange.errors import VenueError
from exchange.lending import Lender, LoanKind, MarginAccount
from exchange.settings import ExchangeSettings
from exchange.types import Balance
from fsm.memory import Memory
from fsm.numbers import ZERO
from fsm.position import Position
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.margin_alarms import DEBT, UNUSABLE, MarginAlarms
from fsm.telling.notify import Severity
from fsm.watching.others_debts import OthersDebts
from guards.invariants.snapshot import MarginView
from guards.margin import MarginHooks
from guards.margin_debts import Interest, debt_in, debts_of_trade, hours_charged
from guards.margin_memory import MarginBook, MarginRuntime
from guards.margin_results import Failed, Ready, Step, Waiting
from signals.direction import Direction

CHECK_AGAIN_MS = 60_000
"""What keeps margin from being traded is looked at again this often: the owner may have mended it."""
REPAY_AGAIN_MS = 5_000
"""A repayment that failed is tried again after this, for as long as the close lasts."""


class RecordMargin:
    """The record in memory, as the hooks see it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    @property
    def trade_key(self) -> str | None:
        position = self._memory.record.position
        return position.trade_id if position is not None else None

    @property
    def book(self) -> MarginBook:
        return self._memory.record.margin

    @property
    def runtime(self) -> MarginRuntime:
        return self._memory.record.mg_runtime

    def put(self, book: MarginBook, runtime: MarginRuntime) -> None:
        self._memory.put(self._memory.record.model_copy(update={"margin": book, "mg_runtime": runtime}))

    def save(self) -> bool:
        return self._memory.save()


class MarginDesk:
    """`hooks` is None on spot."""

    def __init__(
        self,
        memory: Memory,
        hooks: MarginHooks | None,
        lender: Lender | None,
        settings: ExchangeSettings,
        tell: Tell,
        alarm: MarginAlarms,
        now_ms: Callable[[], int],
    ) -> None:
        self._memory = memory
        self._hooks = hooks
        self._lender = lender
        self._settings = settings
        self._tell = tell
        self._alarm = alarm
        self._now_ms = now_ms
        self._state = RecordMargin(memory)
        self._others = OthersDebts(lender)
        self._again_ms = 0
        self._start_again_ms: int | None = None
        self.problem: str | None = None
        """Why nothing may be traded on margin."""

    @property
    def on_spot(self) -> bool:
        """True where nothing is ever borrowed."""
        return self._hooks is None

    def forget_waits(self) -> None:
        """The clock went back: what should wait until then is tried at once."""
        self._again_ms = 0
        self._start_again_ms = 0 if self._start_again_ms is not None else None

    def start(self) -> None:
        """Check settings, account and pair; what is wrong is a `problem`, and alarms until it is mended
        (`check_again`)."""
        if self._hooks is None:
            return
        step, now = self._hooks.on_startup(self._state), self._now_ms()
        self.problem = None if isinstance(step, Ready) else step.why
        self._start_again_ms = None
        if isinstance(step, Ready):
            self._alarm.over(UNUSABLE, now)
        elif isinstance(step, Waiting):
            self._start_again_ms = step.until_ms
        else:
            self._start_again_ms = now + CHECK_AGAIN_MS
            self._alarm.stands(UNUSABLE, step.why, self._memory.record, now)

    def check_again(self, account: MarginAccount | None) -> None:
        """The check of the start, where it has not passed yet, or where the account may no longer do what it could."""
        if account is not None:
            self._alarm.judge_level(account.level, self._memory.record, self._now_ms())
        barred = account is not None and not (account.may_trade and account.may_borrow)
        overdue = self._start_again_ms is not None and self._now_ms() >= self._start_again_ms
        if overdue or (barred and self.problem is None):
            self.start()

    def funds_ready(self) -> bool:
        """Before the entry: what it needs is borrowed. A refusal is noted in the position, a wait in its next try."""
        if self._hooks is None:
            return True
        position = self._memory.position
        step = self._hooks.on_before_entry(
            self._state, position.symbol, position.entry_side, position.plan.quantity, position.plan
        )
        if isinstance(step, Waiting):
            self._change(next_try_ms=step.until_ms)
        elif isinstance(step, Failed):
            self._change(entry_refused=f"{step.code}: {step.why}")
            self._tell(Announcement(Severity.WARN, "no_loan", f"{position.trade_id}: {step.why}"))
        return isinstance(step, Ready)

    def note_opened(self) -> bool:
        """The entry began to fill: the hooks mark the trade active, once; True when they just did."""
        position = self._memory.record.position
        if self._hooks is None or position is None or not position.entry_fills:
            return False
        if self._state.runtime.opened == position.trade_id:
            return False
        return isinstance(self._hooks.on_after_entry_opened(self._state, position.trade_id), Ready)

    def debts_cleared(self) -> bool:
        """While closing: repay until the venue shows no debt of ours; what cannot be repaid alarms until it can."""
        if self._hooks is None:
            return True
        if self._now_ms() < self._again_ms:
            return False
        trade_id = self._memory.position.trade_id
        step: Step = self._hooks.on_after_position_closed(self._state, trade_id)
        if isinstance(step, Waiting):
            self._again_ms = step.until_ms
        elif isinstance(step, Failed):
            self._again_ms = self._now_ms() + REPAY_AGAIN_MS
            self._alarm.stands(DEBT, f"{trade_id}: {step.why}", self._memory.record, self._now_ms())
        else:
            self._alarm.over(DEBT, self._now_ms())
            self._note_cost()
            if step.remark:
                self._tell(Announcement(Severity.ERROR, "debt_carried", f"{trade_id}: {step.remark}"))
        return isinstance(step, Ready)

    def _note_cost(self) -> None:
        """The interest of the trade's repayments, from the venue's loan records; ours, or all that orders made, or the
        venue when it liquidated."""
        book = self._state.book
        if self._lender is None or book.asset is None or book.trade_key != self._memory.position.trade_id:
            return
        ours = {request.transaction_id for request in book.requests}
        try:
            records = self._lender.loans(LoanKind.REPAY, book.asset, book.opened_ms)
        except VenueError as error:
            self._tell(Announcement(Severity.WARN, "interest_not_known", str(error)))
            return
        automatic = self._settings.borrow_mode == "auto" or self._liquidated(book)
        paid = sum((loan.interest for loan in records if automatic or loan.transaction_id in ours), ZERO)
        self._change(interest_paid=paid)
        if self._memory.position.direction is Direction.SHORT:
            noted = self._memory.position.interest if self._state.runtime.carried else ZERO
            self._change(interest=max(noted, paid))  # what was noted at looks may lack what came and went between them

    def _liquidated(self, book: MarginBook) -> bool:
        """The venue had back all that was owed, and nothing of it was owed before."""
        liquidated = any(trade.liquidated for trade in self._memory.position.external)
        return liquidated and not any(debt.total for debt in book.prior.values())

    def note_interest(self, balance: Balance | None) -> None:
        """A borrowed SHORT owes its interest in base: its last leg has to buy that back too."""
        position = self._memory.record.position
        if self._hooks is None or position is None or balance is None or position.direction is Direction.LONG:
            return
        before = position.interest_unpaid
        noted = Interest(position.interest, before) if before is not None else None
        interest = self._hooks.interest(self._state, balance, noted) if position.entry_fills else None
        if interest is not None and interest != noted:
            self._change(interest=interest.total, interest_unpaid=interest.unpaid)

    def view(self, balances: Mapping[str, Balance] | None) -> MarginView | None:
        """What the invariants are shown of margin; None on spot."""
        if self._hooks is None:
            return None
        book = self._state.book
        debt = sum(self._owed(book, balances or {}).values(), ZERO)
        return MarginView(
            borrow_mode=self._settings.borrow_mode,
            side_effect=self._settings.entry_side_effect,
            hooks_key=self._hooks_key(),
            debt_key=book.trade_key if debt else None,
            debt=debt,
        )

    def _owed(self, book: MarginBook, balances: Mapping[str, Balance]) -> dict[str, Decimal]:
        """Debts of ours by asset. After a close no loan of the owner's is among them, and no rest that is carried: that
        was told then, and is the next trade's to repay."""
        automatic, hours = self._settings.borrow_mode == "auto", hours_charged(book, self._now_ms())
        owed = debts_of_trade(book, balances, automatic=automatic, hours=hours)
        if self._memory.record.position is not None:
            return owed
        carried = self._state.runtime.carried
        left = {asset: self._others.left(book, asset, debt_in(balances, asset), automatic=automatic) for asset in owed}
        return {asset: debt for asset, debt in left.items() if debt > 2 * carried.get(asset, ZERO)}

    def _hooks_key(self) -> str | None:
        """The trade that the hooks last worked for, as far as the present one must have had them by now."""
        position, runtime = self._memory.record.position, self._state.runtime
        if position is None or not position.entries:
            return None
        return runtime.opened if position.entry_fills else runtime.prepared

    def _change(self, **changes: object) -> None:
        position: Position = self._memory.position
        self._memory.put_position(position.model_copy(update=changes))
