"""Where DeltaScout writes and how its lines are read. Units are in the names or the descriptions."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _unset_when_empty(value: object) -> object:
    return None if value == "" else value


OptionalPath = Annotated[Path | None, BeforeValidator(_unset_when_empty)]


class SignalSettings(BaseModel):
    """How DeltaScout's signal log and price bars are followed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    log_path: OptionalPath = Field(
        None, alias="DELTASCOUT_LOG", description="DeltaScout's signal log (JSON lines); empty: none"
    )
    bars_path: OptionalPath = Field(
        None, alias="AGG_CSV", description="DeltaScout's price bars (aggregated.csv); empty: none"
    )
    strict_source: bool = Field(
        True, alias="STRICT_SOURCE", description="Refuse signals whose source is not DeltaScout"
    )
    key_decimals: Annotated[int, Field(ge=0, le=8)] = Field(
        1, alias="DEDUP_PRICE_DECIMALS", description="Decimals of the price in a signal's dedup key"
    )
    seen_keys_max: Annotated[int, Field(ge=1, le=100_000)] = Field(
        500, alias="SEEN_KEYS_MAX", description="Dedup keys that are remembered, the oldest are forgotten first"
    )
    max_bar_age_s: Annotated[int, Field(ge=0, le=86_400)] = Field(
        180, alias="MAX_BAR_AGE_SEC", description="A signal's bar may have ended at most this many seconds before it"
    )
    start_from: Literal["stored", "end"] = Field(
        "stored",
        alias="START_FROM",
        description="Where following begins: at the stored offset, or behind all that is in the log at start",
    )

    @model_validator(mode="after")
    def _two_files(self) -> "SignalSettings":
        if self.log_path is not None and self.log_path == self.bars_path:
            raise ValueError(f"DELTASCOUT_LOG and AGG_CSV name the same file: {self.log_path}")
        return self
