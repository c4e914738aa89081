"""What the venue says of a margin account as a whole: missing, barred, or with too little collateral."""

from decimal import Decimal
from typing import Any

import pytest

from fsm.states import State
from tests.healthy.healthy_trades import Desk, desk
from tests.scenarios.in_process import in_process_stage

each_direction = pytest.mark.parametrize("kind", ["long", "short"])
BARRED = ({"trade_enabled": False}, {"borrow_enabled": False})
UNUSABLE = "margin_unusable"


def _told(open_desk: Desk, event: str) -> list[str]:
    return [note.severity for note in open_desk.stage.told.notifications if note.event == event]


def _verdict(open_desk: Desk) -> dict[str, Any]:
    return [line for line in open_desk.stage.verdicts() if "verdict" in line][-1]


@pytest.mark.parametrize("isolated", ["false", "true"])
def test_an_account_that_is_missing_is_found_at_the_start(isolated: str) -> None:
    """M8: an alarm and a problem before any signal; a signal is refused by the verdict, not after it was accepted."""
    account = "isolated:BTCUSDC" if isolated == "true" else "cross"
    with in_process_stage(TRADE_MODE="margin", MARGIN_ISOLATED=isolated) as stage:
        stage.paper("margin", {"accounts": {account: {"created": False}}})
        stage.start()
        assert UNUSABLE in stage.told.events()
        stage.signal("long", 95000)
        assert [line["verdict"] for line in stage.verdicts()] == ["venue"]
        assert stage.state is State.IDLE


def test_an_account_that_is_opened_later_is_used_without_a_new_start() -> None:
    with in_process_stage(TRADE_MODE="margin", MARGIN_ISOLATED="true") as stage:
        assert UNUSABLE in stage.told.events()
        stage.paper("deposit", {"asset": "USDC", "amount": "2000", "account": "isolated:BTCUSDC"})
        stage.pass_time(70)
        assert [note.severity for note in stage.told.notifications if note.event == UNUSABLE][-1] == "INFO"
        stage.bars(*[(95000, 95010, 94990)] * 200)
        stage.signal("long", 95000)
        assert [line["verdict"] for line in stage.verdicts()] == ["accepted"]


@each_direction
@pytest.mark.parametrize("account", ["cross", "isolated"])
@pytest.mark.parametrize("barred", BARRED, ids=["trading", "borrowing"])
def test_an_account_that_is_barred_while_holding(account: str, barred: dict[str, bool], kind: str) -> None:
    """The position keeps its stops and leaves by them; entries are refused until the account may again."""
    with desk(account, 0, QTY_USD="3000", POLL_SEC="1") as open_desk:
        open_desk.kind = kind
        open_desk.enter()
        open_desk.live(6)
        covered = open_desk.stage.stop_quantity()
        open_desk.stage.paper("margin", {"accounts": {open_desk.account: barred}})
        open_desk.live(12)
        assert _told(open_desk, UNUSABLE) == ["ERROR"]
        assert open_desk.stage.stop_quantity() == covered > 0
        open_desk.stopped()
        open_desk.over()
        assert open_desk.owed() == 0
        open_desk.signal(open_desk.fresh())
        assert (_verdict(open_desk)["verdict"], open_desk.stage.state) == ("venue", State.IDLE)
        open_desk.stage.paper("margin", {"accounts": {open_desk.account: dict.fromkeys(barred, True)}})
        open_desk.live(70)
        assert _told(open_desk, UNUSABLE) == ["ERROR", "INFO"]
        open_desk.enter()


@each_direction
def test_a_level_below_the_floor_alarms_and_refuses(kind: str) -> None:
    """Told again until it has recovered; the position is kept."""
    more = {"MARGIN_LEVEL_FLOOR": "2.5", "ALARM_REPEAT_SEC": "10"}
    with desk("cross", 0, QTY_USD="1000", POLL_SEC="1", **more) as open_desk:
        open_desk.kind = kind
        lender = open_desk.stage.client.lender
        assert lender is not None
        open_desk.enter()
        open_desk.live(6)
        assert _told(open_desk, "margin_level") == []
        lender.borrow("USDC", Decimal(2000))
        open_desk.live(25)
        assert _told(open_desk, "margin_level")[:2] == ["ERROR", "ERROR"]
        assert open_desk.holds
        lender.repay("USDC", Decimal(1900))
        open_desk.live(6)
        assert _told(open_desk, "margin_level")[-1] == "INFO"


def test_a_debt_that_remains_is_told_as_an_alarm() -> None:
    """It is repaid again every few seconds, and told again every ALARM_REPEAT_SEC until it is gone."""
    with desk("cross", 0, QTY_USD="3000", POLL_SEC="1", ALARM_REPEAT_SEC="60") as open_desk:
        open_desk.enter()
        open_desk.live(6)
        open_desk.stage.watch.excused = frozenset({"closed"})
        refusal = {"action": "REPAY", "code": -3015, "count": 12}
        open_desk.stage.paper("margin", {"refusals": [refusal]})
        open_desk.stopped()
        open_desk.over()
        assert _told(open_desk, "debt_remains") == ["ERROR", "INFO"]
        assert open_desk.owed() == 0
