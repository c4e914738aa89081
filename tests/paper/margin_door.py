"""Signed requests to the margin side of a simulated exchange."""

from decimal import Decimal
from typing import Any

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door, order_params, plain

CROSS = "cross"
ISOLATED = f"isolated:{SYMBOL}"
HOUR_MS = 3_600_000
FREE_OF_CHARGE = {"assets": {asset: {"hourly_rate": "0"} for asset in ("BTC", "USDC", "USDT", "ETH", "BNB")}}


class MarginDoor(Door):
    """A client of one margin account; commission is off and interest is free unless a test says otherwise."""

    def __init__(self, account: str = ISOLATED, settings: PaperSettings | None = None) -> None:
        super().__init__(settings)
        self.account = account
        self.script("margin", FREE_OF_CHARGE)
        self.script("fees", {"maker": "0", "taker": "0"})

    @property
    def whose(self) -> dict[str, object]:
        """The parameters that name the account."""
        return {"isIsolated": "TRUE" if self.account == ISOLATED else "FALSE"}

    @property
    def lent(self) -> dict[str, object]:
        """The parameters that name the account in requests about loans."""
        return {"isolatedSymbol": SYMBOL} if self.account == ISOLATED else {}

    def bring(self, asset: str, quantity: str) -> None:
        """Coins from outside into the margin account."""
        self.script("deposit", {"asset": asset, "amount": quantity, "account": self.account})

    def wait(self, ms: int) -> None:
        """Time passes."""
        self.script("clock", {"advance_ms": ms})

    def place(self, side: str, order_type: str, quantity: str | None = None, **params: object) -> Any:
        """A new margin order that must be accepted."""
        given = order_params(side, order_type, quantity, **params)
        return self.ok("POST", "/sapi/v1/margin/order", **self.whose, **given)

    def refused_order(
        self, side: str, order_type: str, quantity: str | None = None, **params: object
    ) -> tuple[int, str]:
        """Code and text of a new margin order that must be refused."""
        given = order_params(side, order_type, quantity, **params)
        return self.refusal("POST", "/sapi/v1/margin/order", **self.whose, **given)

    def cancel(self, client_order_id: str) -> Any:
        """Cancel an order by its client id."""
        path = "/sapi/v1/margin/order"
        return self.ok("DELETE", path, symbol=SYMBOL, **self.whose, origClientOrderId=client_order_id)

    def look(self, client_order_id: str) -> tuple[str, str]:
        """Status and executed quantity of an order."""
        path = "/sapi/v1/margin/order"
        found = self.ok("GET", path, symbol=SYMBOL, **self.whose, origClientOrderId=client_order_id)
        return found["status"], plain(found["executedQty"])

    def loan_params(self, asset: str, amount: str, action: str) -> dict[str, object]:
        """Parameters of a borrow or repay."""
        symbol = {"symbol": SYMBOL} if self.account == ISOLATED else {}
        return {"asset": asset, **self.whose, **symbol, "amount": amount, "type": action}

    def borrow(self, asset: str, amount: str) -> int:
        """Borrow; the transaction id."""
        path = "/sapi/v1/margin/borrow-repay"
        return int(self.ok("POST", path, **self.loan_params(asset, amount, "BORROW"))["tranId"])

    def repay(self, asset: str, amount: str) -> int:
        """Repay; the transaction id."""
        path = "/sapi/v1/margin/borrow-repay"
        return int(self.ok("POST", path, **self.loan_params(asset, amount, "REPAY"))["tranId"])

    def loan_refusal(self, asset: str, amount: str, action: str = "BORROW") -> tuple[int, str]:
        """Code and text of a borrow or repay that must be refused."""
        return self.refusal("POST", "/sapi/v1/margin/borrow-repay", **self.loan_params(asset, amount, action))

    def held(self, asset: str) -> tuple[str, str, str, str]:
        """Free, locked, borrowed and interest, without trailing zeros."""
        rows = self.script("ledger", method="GET")["balances"].get(self.account, {})
        row = rows.get(asset, dict.fromkeys(("free", "locked", "borrowed", "interest"), "0"))
        return plain(row["free"]), plain(row["locked"]), plain(row["borrowed"]), plain(row["interest"])

    def level(self) -> str:
        """The account's margin level."""
        if self.account == ISOLATED:
            found = self.ok("GET", "/sapi/v1/margin/isolated/account", symbols=SYMBOL)["assets"][0]
        else:
            found = self.ok("GET", "/sapi/v1/margin/account")
        return plain(found["marginLevel"])

    def loans(self, action: str) -> list[tuple[str, str, str, str, str, str]]:
        """Type, asset, amount, interest, principal and status of the newest loan records, oldest first."""
        found = self.ok("GET", "/sapi/v1/margin/borrow-repay", type=action, size=100, **self.lent)
        names = ("amount", "interest", "principal")
        return [
            (row["type"], row["asset"], *(plain(row[name]) for name in names), row["status"])
            for row in reversed(found["rows"])
        ]

    def total(self, asset: str) -> Decimal:
        """All there is of an asset, on both sides of the venue."""
        return self.exchange.venue.total(asset)
