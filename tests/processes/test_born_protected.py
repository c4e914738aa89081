"""How long a position is without a stop after its entry, through two real processes: with and without a bracket."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes.desk import Desk
from tests.processes.programs import exchange_process

START = ("--balance", "USDC=10000", "--price", "BTCUSDC=95000")
FORMS = {
    "after_fill": ["/api/v3/order"],
    "bracket": ["/api/v3/orderList/opoco", "/api/v3/orderList/opoco", "/api/v3/orderList/opo"],
}


@pytest.mark.parametrize("protection", FORMS)
def test_the_gap_after_the_entry(
    tmp_path: Path, protection: str, record_property: Callable[[str, object], None]
) -> None:
    """An entry that rested is filled, later stopped out: report and ledger name the same gap, or none at all.

    The figure is in the test's report (`--junitxml`).
    """
    with exchange_process(*START) as exchange:
        desk = Desk(tmp_path, exchange, ENTRY_PROTECTION=protection)
        with desk.running():
            desk.prints(2)
            desk.signal()
            desk.wait_state("OPEN")
            sent = [one["path"] for one in exchange.ask("/paper/ledger")["requests"] if one["method"] == "POST"]
            desk.prints(0)
            desk.wait_state("OPEN_FILLED")
            desk.wait_calm()
            desk.watch.check()
            desk.prints(-189.51)
            desk.wait_state("COOLDOWN", "IDLE")
        desk.watch.check()
    report = desk.reports()[0]
    record_property("naked_ms", report["naked_ms"])
    assert [path for path in sent if not path.startswith("/paper")] == FORMS[protection]
    assert (report["entry_protection"], report["exit_reason"]) == (protection, "stop_loss")
    assert (report["naked_ms"] == 0) == (protection == "bracket")
    assert report["naked_gaps"] == [] or protection == "after_fill"
