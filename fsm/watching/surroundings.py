"""What is kept warm around the record, so that a signal finds everything at hand and no request stands before its
order."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from exchange.errors import VenueError
from exchange.instrument import Instrument
from exchange.lending import Lender, MarginAccount
from exchange.types import Balance, CommissionRates, Quote, Venue
from fsm.periods import Every
from fsm.settings import FsmSettings
from fsm.telling.announcement import Announcement, Tell
from fsm.telling.notify import Severity
from fsm.watching.lendable import Lendable
from signals.bars import BarFeed, BarsView

RULES_EVERY_MS = 300_000
"""Symbol rules, commission rates and clock offset change rarely, and while we run (V9)."""
WARM_MS = 5_000
"""A quote is read this often however seldom orders are polled: a signal finds one that is not too old for it."""
WORST_RATES = CommissionRates(Decimal("0.001"), Decimal("0.001"))
"""What Binance takes without discounts, until the venue has told."""


class Surroundings:
    """Quote, balances, rates and bars, each with the time it was learnt; a venue that fails is a problem, not an
    error."""

    def __init__(
        self,
        venue: Venue,
        feed: BarFeed | None,
        settings: FsmSettings,
        tell: Tell,
        now_ms: Callable[[], int],
        lender: Lender | None = None,
    ) -> None:
        self._venue = venue
        self._lender = lender
        self._feed = feed
        self._settings = settings
        self._tell = tell
        self._now_ms = now_ms
        self._signal_symbol = settings.signal_symbol
        self.quote: Quote | None = None
        self.signal_quote: Quote | None = None
        self.balances: Mapping[str, Balance] | None = None
        self.balances_ms: int | None = None
        self.margin_account: MarginAccount | None = None
        """None on spot."""
        self.lendable = Lendable(venue, lender, tell, now_ms)
        self.rates: CommissionRates = WORST_RATES
        self.problem: str | None = None
        """Why the venue could not be read the last time."""
        self._bars_problem: str | None = None
        self._no_brackets = False
        self.quote_every = Every(min(int(settings.poll_s * 1000), WARM_MS))
        self.balances_every = Every(int(settings.manage_every_s * 1000))
        self._rules_every = Every(RULES_EVERY_MS)

    @property
    def other_market(self) -> bool:
        """True if the signals' prices refer to another market than the traded one."""
        return self._signal_symbol not in (None, self._venue.instrument.symbol)

    @property
    def ratio(self) -> Decimal | None:
        """Traded mid over signal mid; None where both are one market, or a quote is missing."""
        traded, signaled = self.quote, self.signal_quote
        if not self.other_market or traded is None or signaled is None:
            return None
        return traded.mid / signaled.mid if _has_both_sides(traded) and _has_both_sides(signaled) else None

    @property
    def margin_level(self) -> Decimal | None:
        """Assets over debt on margin; None on spot and while nothing is owed."""
        return self.margin_account.level if self.margin_account is not None else None

    @property
    def next_ms(self) -> int:
        return min(self.quote_every.next_ms, self.balances_every.next_ms, self._rules_every.next_ms)

    def refresh(self) -> None:
        """Read again what is due."""
        now = self._now_ms()
        if self._rules_every.is_due(now):
            self._reading(self._read_rules)
            self._rules_every.done(now)
        if self.quote_every.is_due(now):
            self._reading(self.read_quote)
            self.quote_every.done(now)
        if self.balances_every.is_due(now):
            self._reading(self.read_balances)
            self.balances_every.done(now)

    def read_bars(self) -> BarsView:
        """The bars as the file is now; a problem of the feed is told once."""
        view = self._feed.read() if self._feed is not None else BarsView()
        if view.problem != self._bars_problem and view.problem is not None:
            self._tell(
                Announcement(Severity.ERROR, "bars_unusable", f"{view.problem}; no new entries until it is mended")
            )
        self._bars_problem = view.problem
        return view

    def price_now(self) -> None:
        """A quote of this moment, whatever the period, or none."""
        self._reading(self.read_quote)
        self.quote_every.done(self._now_ms())

    def read_quote(self) -> None:
        """The quote anew; where the venue does not tell it there is none: an old price is no price."""
        self.quote = self.signal_quote = None
        self.quote = self._venue.quote()
        if self.other_market:
            self.signal_quote = self._venue.quote(self._signal_symbol)

    def read_balances(self) -> None:
        asked_ms = self._now_ms()
        if self._lender is None:
            self.balances = self._venue.balances()
        else:
            self.margin_account = self._lender.account()
            self.balances = self.margin_account.balances
        self.balances_ms = asked_ms

    def renew_margin(self, asset: str) -> None:
        """Balances, margin level and what would be lent of the asset, anew: before they refuse an entry."""
        self.lendable.renew(asset)
        self._reading(self.read_balances)

    def _read_rules(self) -> None:
        self._venue.check_clock()
        self._tell_unavailable(self._venue.refresh_instrument())
        self.rates = self._venue.commission_rates()

    def _tell_unavailable(self, instrument: Instrument) -> None:
        """Said once, and again after it was available in between."""
        missing = self._settings.entry_protection == "bracket" and not instrument.bracket_allowed
        if missing and not self._no_brackets:
            text = f"{instrument.symbol} takes no entry with its exits in one list: protection comes after the fill"
            self._tell(Announcement(Severity.WARN, "bracket_unavailable", text))
        self._no_brackets = missing

    def _reading(self, read: Callable[[], None]) -> None:
        try:
            read()
        except VenueError as error:
            if self.problem is None:
                self._tell(Announcement(Severity.WARN, "venue_unreachable", str(error)))
            self.problem = str(error)
            return
        if self.problem is not None:
            self._tell(Announcement(Severity.INFO, "venue_reachable", "the venue answers again"))
        self.problem = None


def _has_both_sides(quote: Quote) -> bool:
    """The venue writes 0 for an empty side of the book; half a book has no mid."""
    return quote.bid > 0 and quote.ask > 0
