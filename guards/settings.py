"""The guards' settings. Units are in the names or the descriptions."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from exchange.instrument import plain
from guards.entry_price import PriceRule

NotNegativeDecimal = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class GuardSettings(BaseModel):
    """When a signal may be traded."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    max_age_s: Annotated[int, Field(ge=1)] = Field(
        600, alias="MAX_PEAK_AGE_SEC", description="A signal older than this is refused"
    )
    max_future_s: Annotated[int, Field(ge=0)] = Field(
        5, alias="MAX_PEAK_FUTURE_SEC", description="A signal dated further ahead than this is refused"
    )
    lock_s: Annotated[int, Field(ge=0, le=86_400)] = Field(
        15, alias="LOCK_SEC", description="No second entry for this long after an entry began"
    )
    cooldown_s: Annotated[int, Field(ge=0, le=604_800)] = Field(
        180, alias="COOLDOWN_SEC", description="No entry for this long after a position was closed"
    )
    spot_short: Literal["refuse", "sell_holdings"] = Field(
        "refuse", alias="SPOT_SHORT", description="A SHORT on spot: refuse it, or sell coins already held"
    )
    max_spread_bps: NotNegativeDecimal = Field(
        Decimal(20), alias="MAX_SPREAD_BPS", description="Widest spread to enter at, in 1/10000 of the mid price"
    )
    deviation_r: NotNegativeDecimal = Field(
        Decimal("0.25"),
        alias="PLANB_MAX_DEV_R_MULT",
        description="Worst executable price beyond the entry, as a multiple of R (the larger of the two limits counts)",
    )
    deviation_quote: NotNegativeDecimal = Field(
        Decimal(0),
        alias="PLANB_MAX_DEV_USD",
        description="Worst executable price beyond the entry, in the quote asset (the larger of the two limits counts)",
    )
    refuse_past_tp1: bool = Field(
        True, alias="PLANB_ABORT_IF_PAST_TP1", description="Do not enter at market once the price is at or past TP1"
    )
    require_price: bool = Field(
        True, alias="PLANB_REQUIRE_PRICE", description="Do not enter at market without a bid or ask to judge by"
    )

    margin_level_floor: NotNegativeDecimal = Field(
        Decimal("1.5"),
        alias="MARGIN_LEVEL_FLOOR",
        description="On margin: no entry while assets over debt are below this",
    )

    @property
    def price_rule(self) -> PriceRule:
        return PriceRule(
            deviation_r=self.deviation_r,
            deviation_quote=self.deviation_quote,
            refuse_past_tp1=self.refuse_past_tp1,
            require_price=self.require_price,
        )

    def named(self, *fields: str) -> dict[str, str]:
        """These fields as the owner knows them: environment name and value as text."""
        return {str(type(self).model_fields[field].alias): _text(getattr(self, field)) for field in fields}


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
