"""The checker can fail: each promise, broken behind the executor's back, is noticed and named."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.types import OrderRequest, OrderType, Side
from fsm.simulation.checks import PromiseBroken
from tests.scenarios.directed import Directed, directed

TRADE = "2501132000Lde7feb"


def _place(scene: Directed, name: str, price: str = "90000.50") -> None:
    request = OrderRequest(f"EX-{name}", Side.BUY, OrderType.LIMIT, Decimal("0.001"), Decimal(price))
    scene.stage.client.place(request)


def _cancel_runner_stop(scene: Directed) -> None:
    scene.stage.client.cancel(f"EX-{TRADE}-S3-0")
    scene.stage.advance(2_000)


def _off_the_grid(scene: Directed) -> None:
    _place(scene, f"{TRADE}-S3-9", "90000.51")
    scene.stage.paper("symbol", {"symbol": "BTCUSDC", "tick_size": "0.05"})
    scene.stage.watch.read_rules()


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _close(scene: Directed) -> None:
    scene.prints(scene.plan.stop)


def _open_after_the_close(scene: Directed) -> None:
    _close(scene)
    _place(scene, f"{TRADE}-E0-9")


def _another_uncovered_time(scene: Directed) -> None:
    _close(scene)
    told = scene.report["naked_ms"]
    _edit(scene.stage.settings.places.trades, f'"naked_ms":{told}', f'"naked_ms":{told + 100}')


def _sell_more(scene: Directed) -> None:
    scene.stage.paper("deposit", {"asset": "BTC", "amount": "1"})
    request = OrderRequest(f"EX-{TRADE}-X0-9", Side.SELL, OrderType.MARKET, Decimal("0.001"))
    scene.stage.client.place(request)


BROKEN: dict[str, tuple[Callable[[Directed], object], str]] = {
    "an order of the trade that the record lacks": (lambda s: _place(s, f"{TRADE}-S3-9"), "unknown_order: "),
    "an order of another trade": (lambda s: _place(s, "2501132000L000000-E0-0"), "unknown_order: "),
    "a stop that is gone for two seconds": (_cancel_runner_stop, "cover: "),
    "more sold than held": (_sell_more, "offered: "),
    "a second entry": (lambda s: _place(s, f"{TRADE}-E0-1"), "entry: "),
    "a price off the grid": (_off_the_grid, "grid: "),
    "an open order after the close": (_open_after_the_close, "closed: "),
    "a signal without verdict": (lambda s: s.stage.signal("long", 95001, turn=False), "verdicts: "),
    "two words for the state": (
        lambda s: _edit(s.stage.settings.places.state, '"status":"OPEN_FILLED"', '"status":"TRAILING"'),
        "state: ",
    ),
    "another state than the journal's": (
        lambda s: _edit(next(s.stage.settings.places.journal.iterdir()), '"to":"OPEN_FILLED"', '"to":"TRAILING"'),
        "journal: ",
    ),
    "an uncovered time that was not reported": (_another_uncovered_time, "report: "),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_named(tmp_path: Path, what: str) -> None:
    """What breaks a promise is reported under its name, and nothing is before."""
    breaks, name = BROKEN[what]
    with directed(tmp_path, "long") as scene:
        scene.enter_at_once()
        scene.stage.watch.check()
        breaks(scene)
        with pytest.raises(PromiseBroken) as broken:
            scene.stage.watch.check()
        assert any(line.startswith(name) for line in str(broken.value).splitlines()), broken.value


def test_what_is_excused_passes(tmp_path: Path) -> None:
    """A scenario that breaks a promise on purpose names it, and only it is let through."""
    with directed(tmp_path, "long") as scene:
        _place(scene, "2501132000L000000-E0-0")
        scene.stage.watch.excused = frozenset({"unknown_order", "entry", "closed"})
        scene.stage.watch.check()
