"""The doctor finds what is ill, on real files and at the simulated exchange over HTTP."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from rich.console import Console

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from fsm.environment import AllSettings, read_settings
from fsm.shown.check import Check, Finding
from fsm.shown.checks_here import settings_mistakes
from fsm.shown.doctor import all_is_well, doctor_json, doctor_shown, examine
from signals.bars import HEADER
from tests.scenarios.stage import START_MS, stage

Checks = list[Check]


@contextmanager
def _exchange(paper: PaperSettings | None = None) -> Iterator[tuple[str, VirtualClock]]:
    clock = VirtualClock(START_MS)
    with running(paper or PaperSettings(manual=True), clock) as exchange:
        yield exchange.url, clock


def _settings(url: str, folder: Path, **environ: str) -> AllSettings:
    log, bars = folder / "deltascout.log", folder / "aggregated.csv"
    log.touch()
    if not bars.exists():
        bars.write_text(f"{HEADER}\n2025-01-13 19:59:00,1,1,1,1,0,95000,95000,95000,95000\n")
    places = {"DATA_DIR": str(folder / "data"), "DELTASCOUT_LOG": str(log), "AGG_CSV": str(bars)}
    return read_settings({"BINANCE_BASE_URL": url, **places, **environ})


def _examined(settings: AllSettings, clock: VirtualClock, behind_ms: int = 0) -> Checks:
    client = BinanceClient(settings.exchange, clock, lambda seconds: clock.advance(int(seconds * 1000)))
    try:
        return examine(settings, client, lambda: clock.now_ms() - behind_ms)
    finally:
        client.close()


def _findings(checks: Checks, subject: str) -> set[Finding]:
    return {check.finding for check in checks if check.subject == subject}


def test_all_is_well(tmp_path: Path) -> None:
    """A sound set-up has nothing ill, and says where the venue is."""
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path), clock)
    assert all_is_well(checks), doctor_json(checks)
    assert next(check for check in checks if check.subject == "venue").detail.startswith(url)
    subjects = {"settings", "files", "free space", "file modes", "state", "signal log", "bars"}
    assert subjects | {"venue", "clock", "symbol", "account", "key", "orders"} == {check.subject for check in checks}
    assert not (tmp_path / "data").exists()


def test_a_key_that_may_withdraw_is_ill(tmp_path: Path) -> None:
    """It is said loudly, and not all is well."""
    with _exchange(PaperSettings(manual=True, enable_withdrawals=True)) as (url, clock):
        checks = _examined(_settings(url, tmp_path), clock)
    assert not all_is_well(checks)
    assert "MAY WITHDRAW" in next(check for check in checks if check.finding is Finding.ILL).detail


def test_a_wrong_key_is_ill(tmp_path: Path) -> None:
    """The venue is reachable all the same."""
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path, BINANCE_API_KEY="other"), clock)
    assert _findings(checks, "venue") == {Finding.WELL}
    assert _findings(checks, "key") == {Finding.ILL}


def test_an_unreachable_venue_is_ill(tmp_path: Path) -> None:
    """Its address is named, and what can be looked at without it is."""
    with _exchange() as (url, clock):
        pass
    checks = _examined(_settings(url, tmp_path), clock)
    venue = [check for check in checks if check.subject == "venue"]
    assert [check.finding for check in venue] == [Finding.ILL]
    assert url in venue[0].detail
    assert _findings(checks, "bars") == {Finding.WELL}


@pytest.mark.parametrize(
    ("behind_ms", "finding"),
    [
        (0, Finding.WELL),
        (-900, Finding.WELL),
        (1_500, Finding.WARNING),
        (-1_500, Finding.WARNING),
        (6_000, Finding.ILL),
    ],
)
def test_the_clock_is_compared(tmp_path: Path, behind_ms: int, finding: Finding) -> None:
    """A second is worth a note; beyond MAX_PEAK_FUTURE_SEC signals would be refused."""
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path), clock, behind_ms)
    assert _findings(checks, "clock") == {finding}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TICK_SIZE": "0.003"}, "TICK_SIZE"),
        ({"QTY_USD": "1"}, "QTY_USD"),
        ({"MIN_NOTIONAL": "500"}, "least 500"),
    ],
)
def test_settings_that_do_not_fit_the_symbol(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    """A grid that does not fit, or a quantity below the least, is ill."""
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path, **environ), clock)
    ill = [check.detail for check in checks if check.subject == "symbol" and check.finding is Finding.ILL]
    assert len(ill) == 1
    assert said in ill[0]


@pytest.mark.parametrize(
    "rules",
    [{"status": "BREAK"}, {"oco_allowed": False}],
)
def test_a_symbol_that_cannot_be_traded(tmp_path: Path, rules: dict[str, str | bool]) -> None:
    """A symbol in a break, or without OCO lists, cannot be entered."""
    with _exchange() as (url, clock):
        body: dict[str, str | bool] = {"symbol": "BTCUSDC", **rules}
        assert requests.post(f"{url}/paper/symbol", json=body, timeout=5).ok
        checks = _examined(_settings(url, tmp_path), clock)
    assert Finding.ILL in _findings(checks, "symbol")


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (f"{HEADER}\n", Finding.WARNING),
        (f"{HEADER}\n2025-01-13 19:40:00,1,1,1,1,0,95000,95000,95000,95000\n", Finding.WARNING),
        ("Timestamp,Close\n", Finding.ILL),
        (f"{HEADER}\n2025-01-13 19:59:00,1,1,1,1,0,95000,95000,95000,95000\n", Finding.WELL),
    ],
    ids=["empty", "old", "header", "fresh"],
)
def test_the_bars(tmp_path: Path, content: str, finding: Finding) -> None:
    """Another header is ill; no bar, or only old ones, is worth a note."""
    (tmp_path / "aggregated.csv").write_text(content)
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path), clock)
    assert _findings(checks, "bars") == {finding}


def test_a_data_dir_that_is_a_file(tmp_path: Path) -> None:
    """Nothing could be written there."""
    (tmp_path / "data").touch()
    with _exchange() as (url, clock):
        checks = _examined(_settings(url, tmp_path), clock)
    assert _findings(checks, "files") == {Finding.ILL}


def test_files_that_others_may_read(tmp_path: Path) -> None:
    """State and logs are for their owner alone."""
    with stage(tmp_path) as acted:
        settings = acted.settings
        well = _findings(_examined(settings, acted.clock), "file modes")
        settings.places.state.chmod(0o644)
        noted = _findings(_examined(settings, acted.clock), "file modes")
    assert (well, noted) == ({Finding.WELL}, {Finding.WARNING})


def test_a_damaged_state_is_ill(tmp_path: Path) -> None:
    """Place and way out are said, and the file is left as it is."""
    with _exchange() as (url, clock):
        settings = _settings(url, tmp_path)
        settings.places.state.parent.mkdir(parents=True)
        settings.places.state.write_text("{")
        state = next(check for check in _examined(settings, clock) if check.subject == "state")
    assert state.finding is Finding.ILL
    assert "line 1" in state.detail
    assert state.remedy
    assert settings.places.state.read_text() == "{"


def test_orders_of_a_lost_record_are_ill(tmp_path: Path) -> None:
    """With the record they are known; without it they are named."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        known = _examined(acted.settings, acted.clock)
        lost = replace(
            acted.settings, places=acted.settings.places.model_copy(update={"data_dir": tmp_path / "elsewhere"})
        )
        strangers = [check for check in _examined(lost, acted.clock) if check.subject == "orders"]
    assert all_is_well(known), doctor_json(known)
    assert strangers[0].finding is Finding.ILL
    assert acted.position.live_orders[0].client_id in strangers[0].detail


def test_live_without_a_signal_log_is_ill(tmp_path: Path) -> None:
    """There would be nothing to follow; on paper the sample session is played instead."""
    with _exchange() as (url, clock):
        keys = {"BINANCE_API_KEY": "paper", "BINANCE_API_SECRET": "paper"}
        settings = read_settings({"MODE": "testnet", "BINANCE_BASE_URL": url, "DATA_DIR": str(tmp_path), **keys})
        checks = _examined(settings, clock)
    assert _findings(checks, "signal log") == {Finding.ILL}
    assert _findings(checks, "bars") == {Finding.WARNING}


@pytest.mark.parametrize("isolated", ["false", "true"])
def test_margin_needs_an_account(tmp_path: Path, isolated: str) -> None:
    """The cross account is there; an isolated one has to be created first (M8)."""
    with _exchange() as (url, clock):
        environ = {"TRADE_MODE": "margin", "MARGIN_ISOLATED": isolated}
        checks = _examined(_settings(url, tmp_path, **environ), clock)
    margin = [check for check in checks if check.subject == "margin"]
    assert margin[0].finding is (Finding.WELL if isolated == "false" else Finding.ILL)
    assert ("isolated" if isolated == "true" else "cross") in margin[0].detail


@pytest.mark.parametrize(
    ("deposit", "borrowed", "said"),
    [
        ("1000", None, {"would be lent now: 2000 USDC"}),
        ("20", None, {"a LONG of QTY_USD=100 needs", "a SHORT of QTY_USD=100 needs"}),
        ("1000", "1900", {"the margin level is 1.526"}),
    ],
    ids=["enough", "too little", "in debt"],
)
def test_margin_limits(tmp_path: Path, deposit: str, borrowed: str | None, said: set[str]) -> None:
    """What the venue would lend, and what would be refused for it or for the level."""
    with _exchange() as (url, clock):
        given = {"asset": "USDC", "amount": deposit, "account": "cross"}
        assert requests.post(f"{url}/paper/deposit", json=given, timeout=5).ok
        settings = _settings(url, tmp_path, TRADE_MODE="margin", MARGIN_LEVEL_FLOOR="2")
        if borrowed is not None:
            _borrow(settings, clock, borrowed)
        checks = _examined(settings, clock)
    details = [check.detail for check in checks if check.subject == "margin"]
    assert {text for text in said if any(detail.startswith(text) for detail in details)} == said
    assert all_is_well(checks)


def _borrow(settings: AllSettings, clock: VirtualClock, quantity: str) -> None:
    client = BinanceClient(settings.exchange, clock, lambda _: None)
    client.connect()
    assert client.lender is not None
    client.lender.borrow("USDC", Decimal(quantity))
    client.close()


def test_every_mistake_in_the_settings_is_a_finding() -> None:
    """All at once, each with its words."""
    checks = settings_mistakes(["MODE: wrong", "QTY_USD: wrong"])
    assert [check.detail for check in checks] == ["MODE: wrong", "QTY_USD: wrong"]
    assert not all_is_well(checks)


def test_the_findings_can_be_read() -> None:
    """Subject, detail and remedy stand in the text, and the verdict below."""
    screen = Console(file=io.StringIO(), width=100)
    screen.print(doctor_shown([Check("clock", Finding.ILL, "it is late", "wind it up")]))
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    for word in ("✗", "clock", "it is late", "→ wind it up", "1 must be mended"):
        assert word in text
