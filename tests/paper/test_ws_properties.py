"""What holds of the events of any session: put together they tell what REST tells."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.settings import PaperSettings
from tests.paper.paper_door import SYMBOL, Door
from tests.paper.test_paper_properties import FEES, actions
from tests.paper.test_ws_user_events import check
from tests.paper.ws_door import ApiDoor, MarketDoor

Event = dict[str, Any]
SMALL_LEVELS = st.sampled_from(["0.005", "10000"])


def play(script: list[Any], fees: dict[str, Any], level: str) -> tuple[Door, list[Event]]:
    """The session and what a follower heard of it."""
    door = Door(PaperSettings(level_quantity=Decimal(level)))
    follower = ApiDoor(door)
    follower.follow()
    for asset, quantity in {"BTC": "0.05", "BNB": "0.01"}.items():
        door.deposit(asset, quantity)
    door.script("fees", fees)
    for method, first, second in script:
        if method == "PRINT":
            door.print(first, second)
        elif method == "CUT":
            door.script("faults", {"kind": "partial", "fraction": first, "count": second})
        else:
            door.ask(method, first, **second)
    return door, follower.events()


@given(actions, FEES, SMALL_LEVELS)
@settings(max_examples=100)
def test_a_follower_knows_what_rest_knows(script: list[Any], fees: dict[str, Any], level: str) -> None:
    """The last report of each order, the sum of its fills, and the last told balances."""
    door, events = play(script, fees, level)
    reports = [event for event in events if event["e"] == "executionReport" and event["x"] != "REJECTED"]
    check_orders(door, reports)
    check_fills(door, reports)
    told = {row["a"]: row for event in events if event["e"] == "outboundAccountPosition" for row in event["B"]}
    for row in door.ok("GET", "/api/v3/account")["balances"]:
        if row["asset"] in told:
            assert (told[row["asset"]]["f"], told[row["asset"]]["l"]) == (row["free"], row["locked"])
    check_lists(door, [event for event in events if event["e"] == "listStatus"])


def check_orders(door: Door, reports: list[Event]) -> None:
    """Execution ids rise, executed quantities never fall, and the last word is the truth."""
    ids = [report["I"] for report in reports]
    assert ids == sorted(set(ids))
    executed: dict[int, Decimal] = defaultdict(Decimal)
    last: dict[int, Event] = {}
    for report in reports:
        check(report)
        assert Decimal(report["z"]) == executed[report["i"]] + Decimal(report["l"])
        executed[report["i"]] = Decimal(report["z"])
        last[report["i"]] = report
    shown = door.script("ledger", method="GET")["orders"]
    assert sorted(last) == sorted(order["orderId"] for order in shown)
    for order in shown:
        report = last[order["orderId"]]
        assert (report["X"], report["z"], report["Z"]) == (
            order["status"],
            order["executedQty"],
            order["cummulativeQuoteQty"],
        )
        assert report.get("q", "0.00000000") == order["origQty"]


def check_fills(door: Door, reports: list[Event]) -> None:
    """Each fill is told once, with its price and commission."""
    told = [
        (report["t"], report["i"], report["L"], report["l"], report["Y"], report["n"], report["N"], report["m"])
        for report in reports
        if report["x"] == "TRADE"
    ]
    names = ("id", "orderId", "price", "qty", "quoteQty", "commission", "commissionAsset", "isMaker")
    rows = door.ok("GET", "/api/v3/myTrades", symbol=SYMBOL, limit=1000)
    assert sorted(told) == sorted(tuple(row[name] for name in names) for row in rows)


def check_lists(door: Door, events: list[Event]) -> None:
    """Every list begins, and those that are over have said so last."""
    by_list: dict[int, list[str]] = defaultdict(list)
    for event in events:
        by_list[event["g"]].append(event["l"])
    shown = door.script("ledger", method="GET")["lists"]
    assert sorted(by_list) == sorted(listed["orderListId"] for listed in shown)
    for listed in shown:
        told = by_list[listed["orderListId"]]
        assert told[0] == "EXEC_STARTED"
        assert told.count("ALL_DONE") == (listed["listOrderStatus"] == "ALL_DONE") == (told[-1] == "ALL_DONE")


@given(actions, FEES, SMALL_LEVELS)
@settings(max_examples=30)
def test_the_same_session_is_told_the_same(script: list[Any], fees: dict[str, Any], level: str) -> None:
    assert play(script, fees, level)[1] == play(script, fees, level)[1]


books = st.lists(
    st.one_of(
        st.integers(94990, 95010).map(lambda price: ("trade", {"symbol": SYMBOL, "price": str(price)})),
        st.integers(1, 4).map(lambda ticks: ("book", {"symbol": SYMBOL, "spread_ticks": ticks})),
        st.integers(1, 30).map(lambda levels: ("book", {"symbol": SYMBOL, "levels": levels})),
        st.sampled_from(["1", "2.5"]).map(lambda qty: ("book", {"symbol": SYMBOL, "level_qty": qty})),
        st.just(("clock", {"advance_ms": 100})),
        st.just(("reset", {})),
    ),
    max_size=30,
)


@given(books, st.integers(0, 29))
@settings(max_examples=150)
def test_a_local_book_never_falls_out_of_step(steps: list[Any], snapshot_at: int) -> None:
    """A snapshot taken at any moment, with the differences that follow it, gives the book that the venue shows."""
    door = Door()
    market = MarketDoor(door)
    market.subscribe("btcusdc@depth@100ms")
    local, last_id = {}, 0
    for number, (path, given_) in enumerate([*steps, ("clock", {"advance_ms": 100})]):
        if number == min(snapshot_at, len(steps)):
            snapshot = depth(door)
            local, last_id = {side: dict(snapshot[side]) for side in ("bids", "asks")}, snapshot["lastUpdateId"]
        door.script(path, given_)
    for event in (one for one in market.heard.pop() if one["u"] > last_id):
        assert event["U"] <= last_id + 1
        last_id = event["u"]
        for side, name in (("bids", "b"), ("asks", "a")):
            local[side] |= dict(event[name])
    kept = {side: {price: qty for price, qty in rows.items() if Decimal(qty)} for side, rows in local.items()}
    assert kept == {side: dict(depth(door)[side]) for side in ("bids", "asks")}


def depth(door: Door) -> dict[str, Any]:
    shown: dict[str, Any] = door.ask("GET", "/api/v3/depth", symbol=SYMBOL, limit=5000)[1]
    return shown
