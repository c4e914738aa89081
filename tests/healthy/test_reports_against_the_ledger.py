"""V8: the profit of a report is the change of the account, to the last digit, worked out from the ledger alone."""

from decimal import Decimal
from typing import Any

import pytest

from tests.healthy.healthy_trades import (
    Desk,
    Ending,
    breakeven,
    desk,
    flattened,
    held_over_the_hour,
    part_kept,
    remainder_at_market,
    stop_out,
    trailed,
)

ENDINGS: tuple[Ending, ...] = (
    stop_out,
    breakeven,
    trailed,
    held_over_the_hour,
    flattened,
    remainder_at_market,
    part_kept,
)
UNIT = Decimal("0.00000001")
BURNING = ("spot", "cross", "cross, auto")


def _net(open_desk: Desk) -> dict[str, Decimal]:
    """What the account has of each asset, less what it owes of it."""
    account = open_desk.stage.ledger()["balances"].get(open_desk.account, {})
    return {
        asset: Decimal(entry["free"])
        + Decimal(entry["locked"])
        - Decimal(entry.get("borrowed", "0"))
        - Decimal(entry.get("interest", "0"))
        for asset, entry in account.items()
    }


def _complaint(report: dict[str, Any], change: dict[str, Decimal], kind: str) -> str | None:
    """How report and account differ, if they do."""
    in_bnb = change.get("BNB", Decimal(0)) * Decimal(report["valued_at"].get("BNB", "0"))
    came_in = (change.get("USDC", Decimal(0)) + in_bnb).quantize(UNIT)
    said = Decimal(report["realized_profit"]) - Decimal(report["left_at_cost"])
    if abs(said - came_in) > (UNIT if in_bnb else 0):
        return (
            f"profit {report['realized_profit']}, {report['left_at_cost']} of it left; the account has {came_in} more"
        )
    left = Decimal(report["left_in_base"]) * (1 if kind == "long" else -1)
    if bool(left) != bool(Decimal(report["left_at_cost"])):
        return f"{left} left in base is counted as {report['left_at_cost']}"
    coins = change.get("BTC", Decimal(0))
    return None if left == coins else f"left in base {left}, the account has {coins} more"


@pytest.mark.parametrize("kind", ["long", "short"])
@pytest.mark.parametrize("account", ["spot", "cross", "isolated", "cross, auto", "isolated, margin buy"])
@pytest.mark.parametrize("burn", [False, True], ids=["in kind", "in BNB"])
def test_profit_is_the_change_of_the_account(account: str, kind: str, *, burn: bool) -> None:
    """Commission in base, quote or BNB, interest, what is left over: nothing is missing and nothing counted twice."""
    if burn and account not in BURNING:
        pytest.skip("an isolated account holds no BNB")
    with desk(account, 0, QTY_USD="3000", POLL_SEC="1") as open_desk:
        open_desk.kind = kind
        fees = {"symbol": "BTCUSDC", "maker": "0.0002", "taker": "0.0004", "bnb_burn": burn}
        open_desk.stage.paper("fees", fees)
        open_desk.live(301)
        for ending in ENDINGS:
            before, told = _net(open_desk), len(open_desk.stage.reports())
            ending(open_desk)
            open_desk.over()
            (report,) = open_desk.stage.reports()[told:]
            after = _net(open_desk)
            change = {asset: after[asset] - before.get(asset, Decimal(0)) for asset in after}
            assert _complaint(report, change, kind) is None, ending.__name__
