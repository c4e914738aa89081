"""Request weight per minute, and unfilled orders per ten seconds and day (Binance docs: limits)."""

from enum import Enum

from exchange.paper.errors import Banned, TooManyOrders, TooMuchWeight
from exchange.paper.market.tape import MINUTE_MS
from exchange.paper.settings import PaperSettings

DAY_MS = 24 * 60 * MINUTE_MS
TEN_SECONDS_MS = 10_000
# requests in spite of a 429 after which an address is banned, and for how long at first
PATIENCE = 20
FIRST_BAN_MS = 2 * MINUTE_MS
LONGEST_BAN_MS = 3 * DAY_MS


class Meter(Enum):
    """Which weight a request adds to, by the header that shows it (Binance docs: limits)."""

    API = "X-MBX-USED-WEIGHT"
    SAPI_IP = "X-SAPI-USED-IP-WEIGHT"
    SAPI_UID = "X-SAPI-USED-UID-WEIGHT"


class Window:
    """A count that starts anew at every multiple of its width on the clock."""

    def __init__(self, width_ms: int, limit: int) -> None:
        self.width_ms, self.limit = width_ms, limit
        self._started_ms = self._count = 0

    def count(self, now_ms: int) -> int:
        """What was added in the present window."""
        started_ms = now_ms - now_ms % self.width_ms
        if started_ms != self._started_ms:
            self._started_ms, self._count = started_ms, 0
        return self._count

    def add(self, now_ms: int, more: int) -> None:
        """Add to the present window; never below zero."""
        self._count = max(self.count(now_ms) + more, 0)

    def seconds_left(self, now_ms: int) -> int:
        """Until the window ends, rounded up."""
        return -(-(self.width_ms - now_ms % self.width_ms) // 1000)


class Limits:
    """The counters of one address and of its accounts."""

    def __init__(self, settings: PaperSettings) -> None:
        self.weights = {
            Meter.API: Window(MINUTE_MS, settings.weight_limit),
            Meter.SAPI_IP: Window(MINUTE_MS, settings.sapi_ip_weight_limit),
            Meter.SAPI_UID: Window(MINUTE_MS, settings.sapi_uid_weight_limit),
        }
        self.weight = self.weights[Meter.API]
        self._settings = settings
        self._orders: dict[str, dict[str, Window]] = {}
        self._banned_until_ms = 0
        self._ban_ms = FIRST_BAN_MS
        self._ignored = Window(MINUTE_MS, PATIENCE)

    def check_weight(self, now_ms: int, cost: int, meter: Meter = Meter.API) -> None:
        """Refuse what goes beyond the limit, and ban who does not listen."""
        if now_ms < self._banned_until_ms:
            raise Banned(-(-(self._banned_until_ms - now_ms) // 1000), self._banned_until_ms)
        weight = self.weights[meter]
        if weight.count(now_ms) + cost <= weight.limit:
            return
        self._ignored.add(now_ms, 1)
        if self._ignored.count(now_ms) > self._ignored.limit:
            self._banned_until_ms = now_ms + self._ban_ms
            self._ban_ms = min(2 * self._ban_ms, LONGEST_BAN_MS)
        raise TooMuchWeight(weight.seconds_left(now_ms), weight.limit, "1 MINUTE")

    def weight_headers(self, now_ms: int, meter: Meter) -> dict[str, str]:
        """Spot's counter, which every reply shows, and the one that the request has added to."""
        spot = str(self.weight.count(now_ms))
        shown = {Meter.API.value: spot, f"{Meter.API.value}-1M": spot}
        return shown | {f"{meter.value}-1M": str(self.weights[meter].count(now_ms))}

    def _windows(self, account: str) -> dict[str, Window]:
        """Unfilled orders are counted for each account by itself."""
        found = self._orders.get(account)
        if found is None:
            per_10s, per_day = self._settings.orders_per_10s, self._settings.orders_per_day
            found = {"10S": Window(TEN_SECONDS_MS, per_10s), "1D": Window(DAY_MS, per_day)}
            self._orders[account] = found
        return found

    def order_refusal(self, account: str, now_ms: int, more: int) -> TooManyOrders | None:
        """The refusal of orders beyond the limit of a window."""
        windows = self._windows(account)
        for window, text in ((windows["10S"], "10 SECOND"), (windows["1D"], "1 DAY")):
            if more and window.count(now_ms) + more > window.limit:
                return TooManyOrders(window.seconds_left(now_ms), window.limit, text)
        return None

    def add_orders(self, account: str, now_ms: int, more: int) -> None:
        """Count new orders, or with a negative number give credit for first fills."""
        for window in self._windows(account).values():
            window.add(now_ms, more)

    def order_counts(self, account: str, now_ms: int) -> dict[str, int]:
        """The present counts by window."""
        return {name: window.count(now_ms) for name, window in self._windows(account).items()}
