"""Each invariant fails where it should, is silent where it should, and is told as often as it should."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.instrument import Instrument
from guards.invariants.checks import CHECKS
from guards.invariants.monitor import InvariantMemory, inspect
from guards.invariants.settings import InvariantSettings
from guards.invariants.snapshot import EntryView, LegView, MarginView, PositionView, Snapshot, WorkingOrder
from signals.direction import Direction

D = Decimal
NOW_MS = 1_736_798_400_000
SETTINGS = InvariantSettings()
INSTRUMENT = Instrument("BTCUSDC", "BTC", "USDC", D("0.01"), D("0.00001"), D("0.00001"), D(9000), D(5), trading=True)


def stop(leg: int, quantity: str) -> WorkingOrder:
    return WorkingOrder(f"EX-stop{leg}", is_stop=True, is_target=False, leg=leg, open_quantity=D(quantity))


def target(leg: int, quantity: str) -> WorkingOrder:
    return WorkingOrder(f"EX-target{leg}", is_stop=False, is_target=True, leg=leg, open_quantity=D(quantity))


def leg(number: int, price: str | None) -> LegView:
    quantity = D("0.001")
    return LegView(number, quantity, quantity, D(price) if price else None, closed=False, leaving=False)


LONG = PositionView(
    trade_id="T1",
    direction=Direction.LONG,
    held=D("0.003"),
    exits_least=D("0.003"),
    exits_most=D("0.003"),
    sl=D(94800),
    prices=(D(94800), D(95000), D(95200), D(95400)),
    average_entry=D(95000),
    breakeven_due=False,
    legs=(leg(1, "95200"), leg(2, "95400"), leg(3, None)),
    entry=EntryView("EX-entry", 7, in_doubt=False, quantity=D("0.003"), mode="LIMIT_THEN_MARKET"),
    entry_awaited=False,
    trail_looked_ms=NOW_MS - 5_000,
)
SHORT = replace(
    LONG,
    direction=Direction.SHORT,
    sl=D(95200),
    prices=(D(95200), D(95000), D(94800), D(94600)),
    average_entry=D(95000),
)
WORKING = (
    stop(1, "0.001"),
    target(1, "0.001"),
    stop(2, "0.001"),
    target(2, "0.001"),
    stop(3, "0.001"),
)
SOUND = Snapshot(
    now_ms=NOW_MS,
    state="OPEN_FILLED",
    instrument=INSTRUMENT,
    position=LONG,
    working=WORKING,
    shape_fault=None,
    rejections_ms=(),
    trails_by_bars=True,
    trail_every_s=20,
    newest_bar_ms=NOW_MS - 30_000,
    closed_ms=None,
    margin=MarginView("manual", "NO_SIDE_EFFECT", hooks_key="T1", debt_key="T1"),
)
RUNNER = replace(LONG, held=D("0.001"), exits_least=D("0.001"), exits_most=D("0.001"), legs=(leg(3, None),))
TRAILING = replace(SOUND, state="TRAILING", position=RUNNER, working=(stop(3, "0.001"),))
AFTER = replace(
    SOUND,
    state="COOLDOWN",
    position=None,
    working=(),
    closed_ms=NOW_MS - 301_000,
    margin=MarginView("manual", "NO_SIDE_EFFECT", None, None, debt=D("0.5")),
)


def changed(snapshot: Snapshot, **changes: object) -> Snapshot:
    """The snapshot with another position."""
    assert snapshot.position is not None
    return replace(snapshot, position=replace(snapshot.position, **changes))  # type: ignore[arg-type]


FAULTY: dict[str, list[Snapshot]] = {
    "I1": [replace(SOUND, working=WORKING[:4]), replace(TRAILING, working=())],
    "I2": [
        changed(SOUND, prices=(D(94800), D(95000), D(95000), D(95400))),
        changed(SOUND, prices=(D(95200), D(95000), D(94800), D(94600))),
        changed(SOUND, breakeven_due=True),
        replace(SOUND, position=replace(SHORT, breakeven_due=True)),
    ],
    "I3": [
        changed(SOUND, exits_least=D("0.00302"), exits_most=D("0.00302")),
        changed(SOUND, exits_least=D("0.00298"), exits_most=D("0.00299")),
        changed(SOUND, legs=(leg(1, "95200"), leg(2, "95400"))),
    ],
    "I4": [
        replace(changed(SOUND, entry=None), state="PENDING"),
        replace(changed(SOUND, entry=EntryView("EX-e", None, in_doubt=False, quantity=D(1), mode="X")), state="OPEN"),
        replace(changed(SOUND, entry=EntryView("EX-e", 7, in_doubt=False, quantity=D(0), mode="X")), state="OPEN"),
    ],
    "I5": [
        changed(TRAILING, held=D(0)),
        changed(TRAILING, sl=D(0)),
        changed(TRAILING, trail_looked_ms=NOW_MS - 60_001),
    ],
    "I6": [replace(TRAILING, newest_bar_ms=NOW_MS - 181_000), replace(TRAILING, newest_bar_ms=None)],
    "I7": [replace(SOUND, working=tuple(order for order in WORKING if order.client_id != "EX-target2"))],
    "I8": [replace(SOUND, shape_fault="position.stop: not a number")],
    "I9": [replace(TRAILING, working=())],
    "I10": [replace(SOUND, rejections_ms=(NOW_MS - 1, NOW_MS - 2, NOW_MS - 900_000))],
    "I11": [
        replace(SOUND, margin=MarginView("manual", "AUTO_BORROW_REPAY", "T1", "T1")),
        replace(SOUND, margin=MarginView("auto", "NO_SIDE_EFFECT", "T1", "T1")),
    ],
    "I12": [
        replace(SOUND, margin=MarginView("manual", "NO_SIDE_EFFECT", "T0", "T1")),
        replace(SOUND, margin=MarginView("manual", "NO_SIDE_EFFECT", "T1", "T0")),
    ],
    "I13": [AFTER],
}

SILENT: list[Snapshot] = [
    SOUND,
    TRAILING,
    replace(SOUND, position=SHORT),
    replace(SOUND, state="IDLE", position=None, working=()),
    replace(SOUND, margin=None),
    replace(changed(SOUND, entry=EntryView("EX-e", None, in_doubt=True, quantity=D(1), mode="X")), state="PENDING"),
    replace(TRAILING, trails_by_bars=False, newest_bar_ms=None),
    replace(SOUND, rejections_ms=(NOW_MS - 1, NOW_MS - 2, NOW_MS - 900_001)),
    replace(AFTER, closed_ms=NOW_MS - 299_000),
    replace(SOUND, position=replace(SHORT, sl=D(95000), breakeven_due=True)),
    changed(SOUND, held=D("0.00304")),
    # a SHORT buys back more or less by what commission and interest come to
    changed(SOUND, exits_least=D("0.00298"), exits_most=D("0.00302")),
    # no entry is known before it is sent: its funds are awaited
    replace(changed(SOUND, entry=None, entry_awaited=True), state="PENDING"),
]


@pytest.mark.parametrize(("invariant", "snapshot"), [(name, case) for name, cases in FAULTY.items() for case in cases])
def test_invariant_fails_where_it_does_not_hold(invariant: str, snapshot: Snapshot) -> None:
    assert CHECKS[invariant](snapshot, SETTINGS) is not None


@pytest.mark.parametrize("snapshot", SILENT)
def test_invariants_are_silent_where_all_is_well(snapshot: Snapshot) -> None:
    assert [name for name, check in CHECKS.items() if check(snapshot, SETTINGS) is not None] == []


def test_a_leg_whose_stop_has_triggered_misses_its_stop_alone() -> None:
    """It leaves by the stop's limit order, and its target has ended with the trigger."""
    begun = replace(stop(2, "0.001"), is_stop=False, has_triggered=True)
    passed = replace(SOUND, working=(*WORKING[:2], begun, WORKING[4]))
    assert [name for name, check in CHECKS.items() if check(passed, SETTINGS) is not None] == ["I1"]


def test_every_invariant_of_the_table_has_a_case() -> None:
    assert list(CHECKS) == list(FAULTY) == [f"I{number}" for number in range(1, 14)]


def severities(snapshots: list[Snapshot], settings: InvariantSettings = SETTINGS) -> list[list[str]]:
    """What is told at each look, as `invariant severity`."""
    memory, told = InvariantMemory(), []
    for snapshot in snapshots:
        findings, memory = inspect(snapshot, memory, settings)
        told.append([f"{finding.invariant} {finding.severity}" for finding in findings])
    return told


def at(snapshot: Snapshot, seconds: int) -> Snapshot:
    return replace(snapshot, now_ms=NOW_MS + seconds * 1000)


def test_a_young_fault_warns_and_an_old_one_is_an_error_that_the_warning_does_not_mute() -> None:
    bare = replace(SOUND, working=WORKING[:4])
    told = severities([at(bare, 0), at(bare, 14), at(bare, 15), at(bare, 20), at(bare, 600), at(bare, 615)])
    assert told == [["I1 WARN"], [], ["I1 ERROR"], [], [], ["I1 ERROR"]]


def test_a_fault_that_ended_is_young_again_when_it_returns() -> None:
    bare = replace(SOUND, working=WORKING[:4])
    told = severities([at(bare, 0), at(SOUND, 20), at(bare, 700)])
    assert told == [["I1 WARN"], [], ["I1 WARN"]]


def test_throttling_is_by_position() -> None:
    bare = replace(SOUND, working=WORKING[:4])
    assert severities([at(bare, 0), at(changed(bare, trade_id="T2"), 1)])[1][0] == "I1 WARN"


def test_one_failing_check_hides_no_other_not_even_by_an_exception() -> None:
    def broken(_snapshot: Snapshot, _settings: InvariantSettings) -> None:
        raise ZeroDivisionError("a check of mine")

    checks: dict[str, Callable[..., object]] = {"I0": broken, **CHECKS}
    findings, _ = inspect(replace(SOUND, working=WORKING[:4]), InvariantMemory(), SETTINGS, checks)  # type: ignore[arg-type]
    assert [finding.invariant for finding in findings] == ["I0", "I1"]
    assert "ZeroDivisionError" in findings[0].text


def test_six_rejections_are_an_error_at_once() -> None:
    assert severities([replace(SOUND, rejections_ms=(NOW_MS,) * 5)]) == [["I10 WARN"]]
    assert severities([replace(SOUND, rejections_ms=(NOW_MS,) * 6)]) == [["I10 ERROR"]]


def test_debt_after_a_close_escalates() -> None:
    assert severities([replace(AFTER, closed_ms=NOW_MS - 300_000)]) == [["I13 WARN"]]
    assert severities([replace(AFTER, closed_ms=NOW_MS - 480_000)]) == [["I13 ERROR"]]
