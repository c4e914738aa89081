"""A key that may withdraw coins trades no real money unless its owner says so."""

from pathlib import Path

import pytest

from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.processes.desk import Desk
from tests.processes.programs import Exchange

MAY_WITHDRAW = PaperSettings(enable_withdrawals=True)


def test_it_is_refused_on_live(tmp_path: Path) -> None:
    """2, naming the key's setting and the way to overrule it, at a loopback address too; nothing was sent to trade."""
    with running(MAY_WITHDRAW) as served:
        desk = _desk(tmp_path, Exchange(served.url))
        assert desk.refused() == 2
        requests = desk.exchange.ask("/paper/ledger")["requests"]
    assert "BINANCE_API_KEY may withdraw" in desk.said()
    assert "ALLOW_WITHDRAWAL_KEY=true" in desk.said()
    assert {request["method"] for request in requests} == {"GET"}


@pytest.mark.parametrize("environ", [{"ALLOW_WITHDRAWAL_KEY": "true"}, {"MODE": "testnet"}, {"MODE": "paper"}])
def test_it_trades_when_allowed_or_not_for_real(tmp_path: Path, environ: dict[str, str]) -> None:
    """The owner's word, or coins that are not real."""
    with running(MAY_WITHDRAW) as served, _desk(tmp_path, Exchange(served.url), **environ).running():
        pass


def test_a_venue_that_does_not_tell_is_no_reason_to_leave_a_position(tmp_path: Path) -> None:
    """It starts, and says that it could not be found out."""
    with running(PaperSettings()) as served:
        desk = _desk(tmp_path, Exchange(served.url))
        fault = {"kind": "error", "status": 503, "count": 20, "route": "/sapi/v1/account/apiRestrictions"}
        desk.exchange.paper("faults", fault)
        with desk.running():
            pass
    assert "does not tell whether BINANCE_API_KEY may withdraw" in desk.said()


def _desk(folder: Path, exchange: Exchange, **environ: str) -> Desk:
    desk = Desk(folder, exchange, **environ)
    desk.quick_starts = True
    return desk
