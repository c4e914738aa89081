"""What the venue would lend is known before the trade, off the hot path."""

from decimal import Decimal
from typing import Any

import pytest

from fsm.states import State
from tests.healthy.healthy_trades import Desk, desk

MOST = "/sapi/v1/margin/maxBorrowable"
each_direction = pytest.mark.parametrize("kind", ["long", "short"])


def _reads(open_desk: Desk) -> list[dict[str, Any]]:
    return [request for request in open_desk.stage.ledger()["requests"] if request["path"] == MOST]


def _last_verdict(open_desk: Desk) -> dict[str, Any]:
    return [line for line in open_desk.stage.verdicts() if line.get("verdict")][-1]


@each_direction
@pytest.mark.parametrize("account", ["cross", "isolated, auto"])
def test_what_could_not_be_borrowed_is_refused_by_the_verdict(account: str, kind: str) -> None:
    """The signal is refused with what is lacking, what is lent, and how old that is; no loan is asked for."""
    with desk(account, 0, QTY_USD="90000") as open_desk:
        open_desk.kind = kind
        open_desk.live(40)
        open_desk.signal(open_desk.fresh())
        verdict = _last_verdict(open_desk)
        assert verdict["verdict"] == "margin_borrow"
        assert 0 <= int(verdict["measures"].get("borrowable_age_ms", "0")) <= 60_000
        assert open_desk.stage.posted("/sapi/v1/margin/borrow-repay") == []


@each_direction
@pytest.mark.parametrize("account", ["cross", "isolated, auto"])
def test_collateral_that_was_just_deposited_counts(account: str, kind: str) -> None:
    """What was read half a minute ago refuses nothing: account and lendable quantity are read once more before."""
    with desk(account, 0, QTY_USD="9000") as open_desk:
        open_desk.kind = kind
        open_desk.live(40)
        price = open_desk.fresh()
        asked = len(_reads(open_desk))
        open_desk.stage.paper("deposit", {"asset": "USDC", "amount": "9000", "account": open_desk.account})
        open_desk.signal(price)
        assert _last_verdict(open_desk)["verdict"] == "accepted"
        assert len(_reads(open_desk)) == asked + 1
        assert int(_last_verdict(open_desk)["measures"]["balances_age_ms"]) < 1_000


def test_a_level_that_was_just_repaired_counts() -> None:
    """The owner repays his debt, and signals at once."""
    with desk("cross", 0, QTY_USD="100", MARGIN_LEVEL_FLOOR="3") as open_desk:
        lender = open_desk.stage.client.lender
        assert lender is not None
        lender.borrow("USDC", Decimal(2500))
        open_desk.live(40)
        price = open_desk.fresh()
        open_desk.signal(price)
        assert _last_verdict(open_desk)["verdict"] == "margin_level"
        price = open_desk.fresh()
        lender.repay("USDC", Decimal(2500))
        open_desk.signal(price)
        assert _last_verdict(open_desk)["verdict"] == "accepted"


def test_it_is_read_twice_a_minute_while_idle_and_never_with_a_position() -> None:
    with desk("cross", 0) as open_desk:
        open_desk.live(5)
        before = len(_reads(open_desk))
        open_desk.live(120)
        assert len(_reads(open_desk)) == before + 4
        assert {request["params"]["asset"] for request in _reads(open_desk)} == {"USDC", "BTC"}
        open_desk.enter()
        held = len(_reads(open_desk))
        open_desk.live(70)
        assert len(_reads(open_desk)) == held
        assert _last_verdict(open_desk)["measures"]["borrowable_age_ms"].isdigit()


def test_a_venue_that_does_not_say_stops_no_entry() -> None:
    """It is told once; the loan itself still decides."""
    with desk("cross", 0) as open_desk:
        open_desk.stage.faults({"route": MOST, "method": "GET", "kind": "error", "status": 503, "count": 50})
        open_desk.live(125)
        assert open_desk.stage.told.events().count("borrowable_not_known") == 1
        open_desk.enter()
        assert open_desk.stage.state is State.OPEN_FILLED


def test_a_loan_that_is_refused_after_all_refuses_the_entry() -> None:
    """M7: the venue had it a minute ago, and has it no more."""
    with desk("cross", 0) as open_desk:
        open_desk.live(40)
        price = open_desk.fresh()
        open_desk.stage.paper("margin", {"refusals": [{"action": "BORROW", "code": -3045, "count": 1}]})
        open_desk.signal(price)
        open_desk.over()
        assert "no_loan" in open_desk.stage.told.events()
        assert open_desk.stage.reports() == []
        assert open_desk.owed() == 0
