"""From environment names and texts to the settings of every package, all mistakes reported at once.

The environment itself is read by the composition root alone; here it is only a mapping.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

from exchange.settings import ExchangeSettings
from fsm.settings import FsmSettings
from fsm.storage.places import Places
from fsm.telling.settings import TellingSettings
from guards.invariants.settings import InvariantSettings
from guards.settings import GuardSettings
from signals.settings import SignalSettings

GROUPS: tuple[type[BaseModel], ...] = (
    ExchangeSettings,
    SignalSettings,
    GuardSettings,
    FsmSettings,
    Places,
    TellingSettings,
    InvariantSettings,
)
"""Every settings model, in the order in which they are documented."""

OUR_PREFIXES = (
    "BINANCE_",
    "TP_",
    "TP1_",
    "SL_",
    "TRAIL_",
    "PLANB_",
    "EXITS_",
    "FAILSAFE_",
    "ENTRY_",
    "COOLDOWN_",
    "LOCK_",
    "MAX_PEAK_",
    "MAX_BAR_",
    "MAX_SPREAD_",
    "DEDUP_",
    "SEEN_",
    "SWING_",
    "SIGNAL_",
    "DELTASCOUT_",
    "NAKED_",
    "MANAGE_",
    "MARGIN_",
    "INVAR_",
    "I13_",
    "N8N_",
    "NOTIFY_",
    "WEBHOOK_",
    "EXEC_",
    "SPOT_",
    "QTY_",
    "POLL_",
)
"""A name that begins like this and is no setting is a mistake, not somebody else's variable."""


class BadSettings(Exception):
    """The settings cannot be used; `mistakes` has one sentence for each thing that is wrong."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class AllSettings:
    """One frozen object per package."""

    exchange: ExchangeSettings
    signals: SignalSettings
    guards: GuardSettings
    fsm: FsmSettings
    places: Places
    telling: TellingSettings
    invariants: InvariantSettings


def read_settings(environ: Mapping[str, str]) -> AllSettings:
    """Validate all settings; raises `BadSettings` with every mistake."""
    mistakes = [*_unknown_names(environ)]
    models: list[BaseModel] = []
    for group in GROUPS:
        try:
            models.append(group.model_validate(_given(group, environ)))
        except ValidationError as error:
            mistakes += _mistakes_of(error)
    if mistakes:
        raise BadSettings(mistakes)
    settings = AllSettings(*models)  # type: ignore[arg-type]
    if settings.fsm.entry_protection == "bracket" and settings.exchange.trade_mode == "margin":
        raise BadSettings(["ENTRY_PROTECTION=bracket is for spot: with TRADE_MODE=margin leave it at after_fill"])
    return settings


def names() -> dict[str, str]:
    """Every environment name we know, with its field."""
    return {
        str(field.alias): name
        for group in GROUPS
        for name, field in group.model_fields.items()
        if field.alias is not None
    }


def _given(group: type[BaseModel], environ: Mapping[str, str]) -> dict[str, str]:
    aliases = (str(field.alias) for field in group.model_fields.values())
    return {alias: environ[alias].strip() for alias in aliases if environ.get(alias, "").strip()}


def _unknown_names(environ: Mapping[str, str]) -> Iterator[str]:
    known = names()
    for name in sorted(environ):
        if name not in known and name.startswith(OUR_PREFIXES):
            close = get_close_matches(name, known, n=1)
            yield f"{name}: no such setting" + (f"; did you mean {close[0]}?" if close else "")


def _mistakes_of(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"][:1])
        message = fault["msg"].removeprefix("Value error, ")
        yield f"{where}: {message}" if where else message
