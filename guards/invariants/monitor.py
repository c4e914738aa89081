"""Runs the checks and decides what is told: severity by age, throttled per invariant, position and severity.

An ERROR is never muted by an earlier WARN, and one failing check never hides another, not even by an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from guards.invariants.checks import CHECKS, Check, Fault
from guards.invariants.settings import InvariantSettings
from guards.invariants.snapshot import Snapshot

NO_POSITION = "none"


class InvariantMemory(BaseModel):
    """When each fault was first seen and last told; kept in a file of its own, apart from the state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since_ms: dict[str, int] = {}
    """By `invariant:position`."""
    told_ms: dict[str, int] = {}
    """By `invariant:position:severity`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that is to be told now."""

    invariant: str
    position: str
    severity: str
    text: str
    age_ms: int

    @property
    def is_error(self) -> bool:
        return self.severity == "ERROR"


def inspect(
    snapshot: Snapshot,
    memory: InvariantMemory,
    settings: InvariantSettings,
    checks: Mapping[str, Check] | None = None,
) -> tuple[tuple[Finding, ...], InvariantMemory]:
    """Every fault that is due to be told, and the memory after it."""
    position = snapshot.position.trade_id if snapshot.position is not None else NO_POSITION
    since, told = {}, dict(memory.told_ms)
    findings: list[Finding] = []
    for invariant, check in (checks or CHECKS).items():
        fault = _asked(check, snapshot, settings)
        if fault is None:
            continue
        key = f"{invariant}:{position}"
        since[key] = memory.since_ms.get(key, snapshot.now_ms)
        finding = _finding(invariant, position, fault, snapshot.now_ms - since[key], settings)
        throttle_key = f"{key}:{finding.severity}"
        if abs(snapshot.now_ms - told.get(throttle_key, -settings.throttle_s * 1000)) >= settings.throttle_s * 1000:
            told[throttle_key] = snapshot.now_ms
            findings.append(finding)
    recent = {key: time for key, time in told.items() if abs(snapshot.now_ms - time) < settings.throttle_s * 1000}
    return tuple(findings), InvariantMemory(since_ms=since, told_ms=recent)


def _asked(check: Check, snapshot: Snapshot, settings: InvariantSettings) -> Fault | None:
    try:
        return check(snapshot, settings)
    except Exception as error:  # noqa: BLE001 - a check that breaks is a fault of its own and hides no other
        return Fault(f"the check itself failed: {type(error).__name__}: {error}", grows=False)


def _finding(invariant: str, position: str, fault: Fault, age_ms: int, settings: InvariantSettings) -> Finding:
    error = age_ms >= settings.grace_s * 1000 if fault.grows else fault.error
    return Finding(invariant, position, "ERROR" if error else "WARN", fault.text, age_ms)
