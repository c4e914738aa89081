"""How the price of a world moves: regimes with a drift, a swing, gaps that stay and spikes that are taken back."""

import random
from dataclasses import dataclass, field
from decimal import Decimal

JUMP = 15
SPIKE_STEPS = (1, 5)
CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Regime:
    """How the price moves from step to step, in the quote asset."""

    drift: Decimal
    swing: Decimal
    jumps: float
    """Probability of a step fifteen times as long."""
    spikes: float
    """Probability that the price goes as far at once, and comes back some steps later."""

    def step(self, rng: random.Random) -> Decimal:
        length = self.drift + self.swing * rng.randint(-100, 100) / 100
        return (length * JUMP if rng.random() < self.jumps else length).quantize(CENT)


REGIMES = (
    Regime(Decimal(0), Decimal(8), 0.01, 0.02),
    Regime(Decimal(0), Decimal(40), 0.03, 0.03),
    Regime(Decimal(12), Decimal(20), 0.01, 0.01),
    Regime(Decimal(-12), Decimal(20), 0.01, 0.01),
    Regime(Decimal(0), Decimal(150), 0.05, 0.05),
    Regime(Decimal(0), Decimal(0), 0, 0.05),
)
"""Quiet, lively, rising, falling, wild, dead but for its spikes."""
DEAD_SPIKE = Decimal(8)


@dataclass(slots=True)
class Path:
    """The moves of one world's price."""

    rng: random.Random
    regime: Regime
    _spike: Decimal = ZERO
    _spike_left: int = field(default=0)

    def next_move(self) -> tuple[Decimal, bool]:
        """How far the price goes next, and whether at once, over a gap."""
        if self._spike_left:
            self._spike_left -= 1
            return (self.regime.step(self.rng), False) if self._spike_left else (-self._spike, True)
        if self.rng.random() < self.regime.spikes:
            reach = max(self.regime.swing, DEAD_SPIKE) * JUMP
            self._spike = (reach * self.rng.randint(-100, 100) / 100).quantize(CENT)
            self._spike_left = self.rng.randint(*SPIKE_STEPS)
            return self._spike, True
        return self.regime.step(self.rng), False
