"""Which of the owner's settings the sample follows: those with which its script still leads where it says."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from fsm.environment import AllSettings
from fsm.settings import FsmSettings
from fsm.storage.places import Places
from guards.settings import GuardSettings
from signals.settings import SignalSettings

_Model = TypeVar("_Model", bound=BaseModel)

FOLLOWED: Mapping[str, Callable[[Any], bool]] = {
    "QTY_USD": lambda quote: 30 <= quote <= 4_000,
    "SL_PCT": lambda fraction: Decimal("0.001") <= fraction <= Decimal("0.01"),
    "TP1_BREAKEVEN": lambda mode: mode != "off",
    "ENTRY_PROTECTION": lambda _kind: True,
    "COOLDOWN_SEC": lambda seconds: 120 <= seconds <= 900,
    "NAKED_ALARM_MS": lambda milliseconds: milliseconds >= 1_000,
}
"""Each with the values that fit; everything else about signals, guards and positions is the script's."""

SCRIPT: Mapping[str, str] = {"SPOT_SHORT": "sell_holdings", "QTY_USD": "1000"}
"""What the script sets where the owner did not; the rest has its default."""

_SECRET = ("BINANCE_API_KEY", "BINANCE_API_SECRET")
_VENUE = ("MODE", "SYMBOL", "BINANCE_BASE_URL", *_SECRET)
_TELLING = ("EXEC_LOG", "N8N_WEBHOOK_URL", "N8N_BASIC_AUTH_USER", "N8N_BASIC_AUTH_PASSWORD")


def fitted(settings: AllSettings, folder: Path, venue_url: str) -> AllSettings:
    """The settings of the sample in this folder, at this venue."""
    return replace(
        settings,
        exchange=_without(settings.exchange, _VENUE, BINANCE_BASE_URL=venue_url),
        signals=SignalSettings(log_path=folder / "deltascout.log", bars_path=folder / "aggregated.csv"),
        guards=_following(GuardSettings, settings.guards),
        fsm=_following(FsmSettings, settings.fsm),
        places=Places(data_dir=folder),
        telling=_without(settings.telling, _TELLING),
    )


def set_aside(given: AllSettings, used: AllSettings) -> tuple[str, ...]:
    """The names of settings that the owner chose and the sample does not follow."""
    groups = (
        (given.exchange, used.exchange),
        (given.signals, used.signals),
        (given.guards, used.guards),
        (given.fsm, used.fsm),
        (given.telling, used.telling),
    )
    return tuple(name for theirs, ours in groups for name in _differing(theirs, ours))


def _differing(theirs: BaseModel, ours: BaseModel) -> list[str]:
    fields = type(theirs).model_fields
    chosen = (name for name in fields if name in theirs.model_fields_set)
    return [str(fields[name].alias) for name in chosen if getattr(theirs, name) != getattr(ours, name)]


def _following(kind: type[_Model], given: _Model) -> _Model:
    ours = {name: value for name, value in SCRIPT.items() if name in _names(kind)}
    return kind.model_validate({**ours, **_follows(given)})


def _follows(model: BaseModel) -> dict[str, Any]:
    return {name: value for name, value in _chosen(model).items() if name in FOLLOWED and FOLLOWED[name](value)}


def _without(model: _Model, names: tuple[str, ...], **instead: str) -> _Model:
    kept = {name: value for name, value in _chosen(model).items() if name not in names}
    return type(model).model_validate({**kept, **instead})


def _chosen(model: BaseModel) -> dict[str, Any]:
    """What the owner set, by environment name."""
    return {str(type(model).model_fields[name].alias): getattr(model, name) for name in model.model_fields_set}


def _names(kind: type[BaseModel]) -> set[str]:
    return {str(field.alias) for field in kind.model_fields.values()}
