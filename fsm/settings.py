"""The lifecycle's settings: sizes, prices, periods. Units are in the names or the descriptions."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

PositiveDecimal = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
NotNegativeDecimal = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Period = Annotated[Decimal, Field(gt=0, le=3_600, allow_inf_nan=False)]


def _numbers(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


class FsmSettings(BaseModel):
    """How a position is planned, entered, protected and left."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    # plan
    quantity_quote: PositiveDecimal = Field(
        Decimal(100), alias="QTY_USD", description="Size of a position in the quote asset"
    )
    entry_offset: NotNegativeDecimal = Field(
        Decimal("0.5"), alias="ENTRY_OFFSET_USD", description="Entry limit this far beyond the signal's close"
    )
    stop_fraction: Annotated[Decimal, Field(gt=0, lt=1)] = Field(
        Decimal("0.002"), alias="SL_PCT", description="Least distance of the stop loss, as a fraction of the entry"
    )
    swing_minutes: Annotated[int, Field(ge=1, le=1_440)] = Field(
        180, alias="SWING_MINS", description="Bars searched for the swing behind which the stop loss goes"
    )
    target_r: Annotated[tuple[PositiveDecimal, PositiveDecimal], BeforeValidator(_numbers)] = Field(
        (Decimal(1), Decimal(2)), alias="TP_R_LIST", description="TP1 and TP2 as multiples of R, ascending"
    )
    stop_limit_gap_ticks: Annotated[int, Field(ge=1, le=10_000)] = Field(
        2, alias="SL_LIMIT_GAP_TICKS", description="Limit of a stop order beyond its stop price, in ticks"
    )
    signal_symbol: str | None = Field(
        None, alias="SIGNAL_SYMBOL", description="Market that the signals' prices refer to (default: SYMBOL)"
    )
    least_tick: PositiveDecimal | None = Field(
        None, alias="TICK_SIZE", description="Coarser price grid for the entry than the venue's"
    )
    least_step: PositiveDecimal | None = Field(
        None, alias="QTY_STEP", description="Coarser quantity grid for the entry than the venue's"
    )
    least_quantity: PositiveDecimal | None = Field(
        None, alias="MIN_QTY", description="Least entry quantity, if stricter than the venue's"
    )
    least_notional: PositiveDecimal | None = Field(
        None, alias="MIN_NOTIONAL", description="Least entry notional, if stricter than the venue's"
    )

    # entry
    entry_mode: Literal["LIMIT_THEN_MARKET", "LIMIT_ONLY", "MARKET_ONLY"] = Field(
        "LIMIT_THEN_MARKET", alias="ENTRY_MODE", description="How the position is entered"
    )
    entry_timeout_s: Seconds = Field(
        90, alias="LIVE_ENTRY_TIMEOUT_SEC", description="A limit entry is cancelled after this time"
    )

    entry_protection: Literal["after_fill", "bracket"] = Field(
        "after_fill",
        alias="ENTRY_PROTECTION",
        description="bracket: on spot, each leg's entry carries its stop and target, armed by the venue at its fill",
    )

    # exits
    exits_retry_s: Seconds = Field(
        15, alias="EXITS_RETRY_EVERY_SEC", description="Time between attempts to place refused exits"
    )
    exits_tries: Annotated[int, Field(ge=1, le=100)] = Field(
        5, alias="FAILSAFE_EXITS_MAX_TRIES", description="Attempts to place exits before protection counts as failed"
    )
    flatten_unprotected: bool = Field(
        True, alias="FAILSAFE_FLATTEN", description="Flatten at market when protection failed; otherwise halt"
    )
    breakeven: Literal["fees", "entry", "off"] = Field(
        "fees", alias="TP1_BREAKEVEN", description="Where stops go when TP1 filled"
    )
    stop_grace_s: Seconds = Field(
        3,
        alias="SL_WATCHDOG_GRACE_SEC",
        description="A stop passed by the market and not filled is replaced after this",
    )
    naked_alarm_ms: Annotated[int, Field(ge=1)] = Field(
        2_000, alias="NAKED_ALARM_MS", description="A held quantity without stop for longer than this alarms"
    )

    # trailing
    trail_after_tp2: bool = Field(
        True, alias="TRAIL_ACTIVATE_AFTER_TP2", description="Trail the runner's stop once TP2 filled"
    )
    trail_source: Literal["AGG", "BINANCE"] = Field(
        "AGG", alias="TRAIL_SOURCE", description="Trail by swings of the bars, or by the venue's mid price"
    )
    trail_lookback: Annotated[int, Field(ge=1, le=1_440)] = Field(
        240, alias="TRAIL_SWING_LOOKBACK", description="Bars searched for the last swing"
    )
    trail_side_bars: Annotated[int, Field(ge=1, le=100)] = Field(
        2, alias="TRAIL_SWING_LR", description="Bars on each side that make a swing"
    )
    trail_buffer: NotNegativeDecimal = Field(
        Decimal(15), alias="TRAIL_SWING_BUFFER_USD", description="Trailing stop this far behind the swing or mid price"
    )
    trail_wait_confirm: bool = Field(
        False, alias="TRAIL_WAIT_CONFIRM", description="Trail only after a bar closed beyond the reference price"
    )
    trail_confirm_buffer: NotNegativeDecimal = Field(
        Decimal(0), alias="TRAIL_CONFIRM_BUFFER_USD", description="How far beyond the reference price it must close"
    )
    trail_every_s: Seconds = Field(
        20, alias="TRAIL_UPDATE_EVERY_SEC", description="Least time between looks at the trailing stop"
    )
    trail_step: NotNegativeDecimal = Field(
        Decimal(20), alias="TRAIL_STEP_USD", description="The trailing stop moves by at least this much"
    )

    # periods
    poll_s: Period = Field(Decimal(1), alias="POLL_SEC", description="Fallback polling of orders and quote")
    manage_every_s: Period = Field(
        Decimal(5), alias="MANAGE_EVERY_SEC", description="Full check of orders, fills and balances against the venue"
    )

    @model_validator(mode="after")
    def _a_bracket_needs_a_limit(self) -> "FsmSettings":
        if self.entry_protection == "bracket" and self.entry_mode == "MARKET_ONLY":
            raise ValueError(
                "ENTRY_PROTECTION=bracket contradicts ENTRY_MODE=MARKET_ONLY: the venue takes no market order as the "
                "entry of a list; choose LIMIT_THEN_MARKET or LIMIT_ONLY, or ENTRY_PROTECTION=after_fill"
            )
        return self

    @model_validator(mode="after")
    def _targets_ascend(self) -> "FsmSettings":
        if self.target_r[0] >= self.target_r[1]:
            raise ValueError("TP_R_LIST must be two ascending numbers")
        return self

    @model_validator(mode="after")
    def _a_swing_fits(self) -> "FsmSettings":
        if self.trail_source == "AGG" and self.trail_lookback <= 2 * self.trail_side_bars:
            raise ValueError(
                f"TRAIL_SWING_LOOKBACK={self.trail_lookback} has no room for a swing of TRAIL_SWING_LR="
                f"{self.trail_side_bars} bars on each side: the stop would never trail; it takes at least "
                f"{2 * self.trail_side_bars + 1}"
            )
        return self
