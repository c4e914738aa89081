"""A guard answers with a value: allowed or refused, what it measured, against which threshold.

Numbers are text in plain decimals, ready to be stored; a name in `measures` ends with its unit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from guards.facts import Facts
from guards.settings import GuardSettings


@dataclass(frozen=True, slots=True)
class Allowed:
    """This guard has nothing against the entry."""

    measures: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """This guard refuses; `detail` says what was found and what to do, or when it lifts by itself."""

    guard: str
    detail: str
    measured: str | None = None
    """In the unit of `threshold`."""
    threshold: str | None = None
    until_ms: int | None = None
    """When it lifts, where that is known."""
    measures: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment names and values that decided."""


Answer = Allowed | Refusal


@dataclass(frozen=True, slots=True)
class Guard:
    """One question asked before an entry; `name` becomes the verdict when it refuses."""

    name: str
    check: Callable[[Facts, GuardSettings], Answer]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of asking the guards in order; without a refusal the signal is accepted."""

    refusal: Refusal | None
    passed: tuple[str, ...] = ()
    """The guards that allowed, in order."""
    measures: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment names and values of every guard that was asked."""

    @property
    def accepted(self) -> bool:
        return self.refusal is None

    @property
    def name(self) -> str:
        return self.refusal.guard if self.refusal else "accepted"
