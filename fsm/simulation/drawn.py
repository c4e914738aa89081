"""What one seed decides before its world begins: settings, fees, weather."""

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from fsm.environment import AllSettings, read_settings
from fsm.simulation.door import URL
from fsm.simulation.fate import Weather

SPOT_BALANCES: Mapping[str, Decimal] = {"USDC": Decimal(10_000), "BTC": Decimal("0.5"), "BNB": Decimal(1)}
MARGIN_DEPOSIT_USDC = "3000"
CALM_WORLDS = 0.34
MARGIN_WORLDS = 0.35
VARIED: Mapping[str, tuple[str, ...]] = {
    "ENTRY_MODE": ("LIMIT_THEN_MARKET", "LIMIT_ONLY", "MARKET_ONLY"),
    "TP1_BREAKEVEN": ("fees", "entry", "off"),
    "TP_R_LIST": ("1,2", "0.5,0.8", "1,4"),
    "TRAIL_ACTIVATE_AFTER_TP2": ("true", "true", "true", "false"),
    "TRAIL_SOURCE": ("AGG", "BINANCE"),
    "TRAIL_SWING_LR": ("1", "2"),
    "TRAIL_SWING_BUFFER_USD": ("2", "15"),
    "TRAIL_WAIT_CONFIRM": ("false", "false", "true"),
    "TRAIL_UPDATE_EVERY_SEC": ("5", "20"),
    "TRAIL_STEP_USD": ("1", "20"),
    "QTY_USD": ("12", "20", "100", "1000"),
    "SL_PCT": ("0.0008", "0.002", "0.004"),
    "SL_LIMIT_GAP_TICKS": ("1", "2", "500"),
    "SWING_MINS": ("1", "10"),
    "SPOT_SHORT": ("sell_holdings", "sell_holdings", "refuse"),
    "SIGNAL_SYMBOL": ("BTCUSDC", "BTCUSDC", "BTCUSDC", "BTCUSDT"),
    "PLANB_MAX_DEV_R_MULT": ("0.25", "2"),
    "LOCK_SEC": ("0", "15"),
    "COOLDOWN_SEC": ("0", "10", "60"),
    "LIVE_ENTRY_TIMEOUT_SEC": ("5", "40"),
    "EXITS_RETRY_EVERY_SEC": ("5", "15"),
    "POLL_SEC": ("1", "2", "5"),
    "MANAGE_EVERY_SEC": ("5", "10"),
    "ORDER_RECV_WINDOW": ("1000", "2000"),
}


def drawn_settings(rng: random.Random, folder: Path) -> AllSettings:
    """Settings of a trader who has tried them all."""
    drawn = {name: rng.choice(values) for name, values in VARIED.items()}
    if rng.random() < MARGIN_WORLDS:
        drawn |= {
            "TRADE_MODE": "margin",
            "MARGIN_ISOLATED": rng.choice(("true", "false")),
            "MARGIN_BORROW_MODE": rng.choice(("manual", "manual", "auto")),
        }
    elif drawn["ENTRY_MODE"] != "MARKET_ONLY":
        drawn["ENTRY_PROTECTION"] = rng.choice(("after_fill", "bracket"))
    return settings_with(drawn, folder)


def settings_with(chosen: Mapping[str, str], folder: Path) -> AllSettings:
    """These settings, and files in the folder."""
    fixed = {
        "MODE": "paper",
        "BINANCE_BASE_URL": URL,
        "DATA_DIR": str(folder / "data"),
        "DELTASCOUT_LOG": str(folder / "deltascout.log"),
        "AGG_CSV": str(folder / "aggregated.csv"),
    }
    return read_settings({**fixed, **chosen})


def drawn_fees(rng: random.Random) -> dict[str, object]:
    """None, or up to a tenth of a percent, a maker never more than a taker; at times paid in BNB."""
    maker, taker = rng.choice((("0", "0"), ("0", "0.001"), ("0.0002", "0.0004"), ("0.001", "0.001")))
    return {"maker": maker, "taker": taker, "bnb_burn": rng.random() < 0.2}


def drawn_weather(rng: random.Random) -> Weather:
    """A third of the worlds is calm; the others have some or all of the perils."""
    if rng.random() < CALM_WORLDS:
        return Weather()

    def peril(*degrees: float) -> float:
        return rng.choice((0.0, 0.0, *degrees))

    return Weather(
        lost=peril(0.01, 0.04),
        answer_lost=peril(0.01, 0.04),
        silent=peril(0.01, 0.03),
        late=peril(0.01, 0.03),
        doubled=peril(0.02, 0.1),
        slow=peril(0.02, 0.1),
        stale=peril(0.02, 0.1),
        server_error=peril(0.01, 0.04),
        limited=peril(0.005, 0.02),
        banned=peril(0.001),
        crash=peril(0.001, 0.005),
        relapse=peril(0.02, 0.1),
        power_loss=rng.choice((0.0, 0.5)),
        disk_full=peril(0.005, 0.02),
        disk_broken=peril(0.005, 0.02),
        sync_fails=peril(0.005, 0.02),
        halt=peril(0.02),
        new_rules=peril(0.02),
        thin_book=peril(0.1),
    )
